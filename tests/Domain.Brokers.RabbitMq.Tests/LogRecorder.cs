using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>Keeps what the broker logs.</summary>
internal sealed class LogRecorder : ILogger<RabbitMqBroker>
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = [];

    public IReadOnlyCollection<(int Id, string Text)> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, formatter(state, exception) + exception));
}
