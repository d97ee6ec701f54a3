using Npgsql;

namespace Protean.EventStore.Tests.Stores;

/// <summary>An error that comes from neither the server nor the way to it, while it is wanted, with every connection that is made.</summary>
internal sealed class Fault
{
    private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Exception Error { get; } = new InvalidOperationException("somebody else's fault");

    public volatile bool Now;

    /// <summary>Done when it has come for the first time.</summary>
    public Task Met => _met.Task;

    /// <summary>A connection string without a pool, so that each question makes a connection.</summary>
    public string In(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    public void Cause(NpgsqlDataSourceBuilder builder) => builder.UsePhysicalConnectionInitializer(
        _ => Throw(),
        _ =>
        {
            Throw();
            return Task.CompletedTask;
        });

    private void Throw()
    {
        if (!Now)
            return;
        _met.TrySetResult();
        throw Error;
    }
}
