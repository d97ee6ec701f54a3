using Protean.EventStore.TestServer;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>A server of a test class's own, to be stopped and started. What it has acknowledged survives its crash.</summary>
public sealed class PrivateServer : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server!;

    public async ValueTask InitializeAsync() =>
        _server = await PostgresServer.StartAsync(new() { Settings = new Dictionary<string, string> { ["synchronous_commit"] = "on" } });

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Starts the server again as a standby, which replays and takes no writes.</summary>
    public async Task StartAsStandbyAsync(CancellationToken cancellationToken)
    {
        await Server.StopAsync(cancellationToken: cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Server.RootDirectory, "data", "standby.signal"), "", cancellationToken);
        await Server.StartAgainAsync(cancellationToken);
    }
}
