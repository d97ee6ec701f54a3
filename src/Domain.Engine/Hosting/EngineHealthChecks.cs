using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Protean.Engine;

/// <summary>Whether the process is worth keeping: what the engine does in the background goes on. Starting and stopping are no illness.</summary>
internal sealed class EngineLiveCheck(DomainEngine engine) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(engine.IsAlive
        ? HealthCheckResult.Healthy($"The engine of node {engine.Node} is alive.")
        : new(context.Registration.FailureStatus, $"Something of the engine of node {engine.Node} has ended that should go on: restart the process."));
}

/// <summary>Whether the node has its share of the work and can do it. Off as soon as the host or the engine begins to stop.</summary>
internal sealed class EngineReadyCheck(DomainEngine engine, IHostApplicationLifetime? host) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthCheckResult NotReady(string why, Exception? error = null) => new(context.Registration.FailureStatus, $"Node {engine.Node} {why}.", error);

        if (host is { ApplicationStopping.IsCancellationRequested: true })
            return NotReady("is stopping");
        if (!engine.IsRunning)
            return NotReady("has not started, or is stopping");
        try
        {
            await engine.Domain.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ProteanException error)
        {
            return NotReady("cannot reach its store", error);
        }

        return engine.IsReady ? HealthCheckResult.Healthy($"Node {engine.Node} has its share of the partitions.") : NotReady("has not taken, or not given back, all the partitions that it ought to");
    }
}

/// <summary>Whether the partitions of this node keep up.</summary>
internal sealed class EngineLagCheck(DomainEngine engine, EngineHealthOptions limits) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var worst = HealthStatus.Healthy;
        List<string> findings = [];
        Dictionary<string, object> data = [];
        var status = engine.Status;
        foreach (var subscription in status.Subscriptions)
        {
            foreach (var partition in subscription.Partitions)
            {
                var name = $"{subscription.Handler}, partition {partition.Partition}";
                data[name] = $"{partition.State} at {partition.Position}, {partition.Lag} behind, {partition.Behind.TotalSeconds:0.#} s";
                if (Judge(partition, context.Registration.FailureStatus) is { } judged)
                    Find(name, judged.Status, judged.Why);
            }
        }

        foreach (var receiver in status.Receivers)
        {
            data[$"{receiver.Handler}, group {receiver.Group}"] = receiver.State.ToString();
            if (receiver.State != ReceiverState.Receiving)
                Find($"{receiver.Handler}, group {receiver.Group}", HealthStatus.Degraded, receiver.State == ReceiverState.Broken ? "fails, as the log says" : $"waits for the {(receiver.State == ReceiverState.BrokerAway ? "broker" : "store")} to come back");
        }

        return Task.FromResult(new HealthCheckResult(worst, findings.Count == 0 ? $"The partitions of node {engine.Node} keep up." : string.Join("; ", findings), data: data));

        void Find(string name, HealthStatus judged, string why)
        {
            findings.Add($"{name}: {why}");
            // The worse of the two is the lower number.
            worst = judged < worst ? judged : worst;
        }
    }

    private (HealthStatus Status, string Why)? Judge(PartitionStatus partition, HealthStatus failure)
    {
        var lag = $"{partition.Lag} positions and {partition.Behind.TotalSeconds:0.#} s behind";
        return partition switch
        {
            { State: PartitionState.Halted } => (failure, $"has stopped until it is resumed: {partition.Problem}"),
            _ when partition.Lag > limits.UnhealthyLag || partition.Behind > limits.UnhealthyAge => (failure, lag),
            { State: PartitionState.Paused } => (HealthStatus.Degraded, "pauses after too many failures in a row"),
            { State: PartitionState.StoreAway } => (HealthStatus.Degraded, "waits for the store to come back"),
            { State: PartitionState.BrokerAway } => (HealthStatus.Degraded, "waits for the broker to come back"),
            _ when partition.Lag > limits.DegradedLag || partition.Behind > limits.DegradedAge => (HealthStatus.Degraded, lag),
            _ => null,
        };
    }
}
