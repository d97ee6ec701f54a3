using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Protean.Benchmarks.Chaos.Deliveries.Books;

namespace Protean.Benchmarks.Chaos.Deliveries.Workers;

/// <summary>Writes what went wrong to standard error, a line each; whoever started the process shows it if the run fails.</summary>
internal sealed class StandardErrorLog : ILoggerFactory, ILogger
{
    /// <summary>Takes what all of a domain has to log.</summary>
    public void AddTo(IServiceCollection services) => services.AddSingleton<ILoggerFactory>(this).AddSingleton(typeof(ILogger<>), typeof(Logger<>));

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || exception is TroubleException)
            return;
        var error = exception switch
        {
            null => "",
            ProteanException => $": {exception.Message}",
            _ => $": {exception}",
        };
        Console.Error.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {logLevel} {eventId.Id} {formatter(state, exception)}{error}".ReplaceLineEndings(" "));
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
