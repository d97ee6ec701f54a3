using Npgsql;
using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>What is wrong is told by its cause, and only what can be repeated is said to be transient.</summary>
public sealed class FaultTests(ConformanceDatabase database) : PostgresTests(database)
{
    [Theory(Timeout = HangLimit)]
    [InlineData("check (type <> 'Secret.v1')")]
    [InlineData("unique (type)")]
    public async Task CommitAsync_ConstraintOfTheAdministratorRefusesIt_NamesItAndNoValue(string constraint)
    {
        var store = await OpenAsync();
        await Sql.RunAsync($"alter table {Schema}.messages add constraint house_rule {constraint}");
        await store.CommitAsync(Commits.Append(Sample.StreamOf("good"), ExpectedVersion.NoStream, Sample.Message("Other.v1")), Cancellation);
        if (constraint.StartsWith("unique", StringComparison.Ordinal))
            await store.CommitAsync(Commits.Append(Sample.StreamOf("first"), ExpectedVersion.NoStream, Sample.Message("Secret.v1")), Cancellation);

        var error = await Should.ThrowAsync<ArgumentException>(() => store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message("Secret.v1")), Cancellation).AsTask());

        error.Message.ShouldContain("'house_rule'");
        error.Message.ShouldContain($"{Schema}.messages");
        error.ToString().ShouldNotContain("Secret");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_ManyAtOnce_TakesNoMoreThanItsShareOfConnections()
    {
        var store = await OpenAsync(options =>
        {
            options.Listen = false;
            options.ConnectionString = With(c => c.ApplicationName = "many-reads");
        });
        await using var held = await HoldAppendLockAsync();

        var reads = Enumerable.Range(0, 200).Select(_ => store.PurgeMarksAsync("handler", 1, Cancellation).AsTask()).ToArray();
        await UntilWaitingForLockAsync(30);

        (await Sql.ScalarAsync<long>("select count(*) from pg_stat_activity where application_name = 'many-reads'")).ShouldBe(30);
        await held.ReleaseAsync();
        await Task.WhenAll(reads);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_NoConnectionComesFree_NamesThePool()
    {
        var store = await OpenAsync(options =>
        {
            (options.Writers, options.Listen) = (1, false);
            options.ConnectionString = With(c => (c.MaxPoolSize, c.Timeout) = (2, 3));
        });
        await using var held = await HoldAppendLockAsync();
        var committing = store.CommitAsync(Commits.Append(Sample.Stream, ExpectedVersion.NoStream, Sample.Message()), Cancellation).AsTask();
        var purging = store.PurgeMarksAsync("handler", 1, Cancellation).AsTask();
        await UntilWaitingForLockAsync(2);

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.GetHeadAsync(Cancellation).AsTask());

        error.Message.ShouldContain("Maximum Pool Size");
        await held.ReleaseAsync();
        await committing;
        await purging;
    }

    [Fact(Timeout = HangLimit)]
    public async Task Read_ServerDoesNotAnswerInTime_SaysSo()
    {
        var store = await OpenAsync(options => options.ConnectionString = With(static c => c.CommandTimeout = 1));
        await using var source = NpgsqlDataSource.Create(Sql.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var holding = await connection.BeginTransactionAsync(Cancellation);
        await using (var hold = new NpgsqlCommand($"lock table {Schema}.messages in access exclusive mode", connection, holding))
            await hold.ExecuteNonQueryAsync(Cancellation);

        var error = await Should.ThrowAsync<StoreUnavailableException>(() => store.GetHeadAsync(Cancellation).AsTask());

        error.Message.ShouldContain("did not answer in time");
        error.Message.ShouldNotContain("cannot be reached");
    }

    private string With(Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString);
        change(builder);
        return builder.ConnectionString;
    }
}
