using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Protean.Tests.Shop;

/// <summary>Keeps what was logged.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<LogLine> _lines = new();

    public IReadOnlyList<LogLine> Lines => [.. _lines];

    /// <summary>The event on which it throws, as a logger never should.</summary>
    public int Refused { get; set; }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == Refused && Refused != 0)
            throw new IOException("The log is full.");
        _lines.Enqueue(new(logLevel, eventId.Id, formatter(state, exception), exception));
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}

internal sealed record LogLine(LogLevel Level, int Id, string Text, Exception? Error);
