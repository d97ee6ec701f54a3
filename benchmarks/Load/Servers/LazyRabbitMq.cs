using System.Text;
using Protean.Brokers.TestServer;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Protean.Benchmarks.Load.Servers;

/// <summary>The RabbitMQ that was named, or one of this process's own, started when a row first asks for it and removed at the end.</summary>
internal sealed class LazyRabbitMq(string? named, TextWriter output) : IAsyncDisposable
{
    private RabbitMqServer? _private;
    private string? _started;

    /// <summary>Its address.</summary>
    public async Task<string> GetAsync(CancellationToken cancellationToken)
    {
        if (_started is not null)
            return _started;
        if (named is null)
            _private = await RabbitMqServer.StartAsync(cancellationToken: cancellationToken);
        var started = named ?? _private!.Uri;
        await output.WriteLineAsync($"RabbitMQ {await VersionAsync(started, cancellationToken)}, {(named is null ? "a private server" : "as named")}");
        return _started = started;
    }

    public async ValueTask DisposeAsync()
    {
        if (_private is not null)
            await _private.DisposeAsync();
    }

    private static async Task<string> VersionAsync(string uri, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = new(uri) }.CreateConnectionAsync(cancellationToken);
            return connection.ServerProperties?["version"] is byte[] version ? Encoding.UTF8.GetString(version) : "of an unknown version";
        }
        catch (BrokerUnreachableException error)
        {
            throw new UnfitServerException($"RabbitMQ cannot be reached: {error.InnerException?.Message ?? error.Message}");
        }
    }
}
