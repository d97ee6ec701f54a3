using Protean.EventStore.Conformance;
using Protean.EventStore.Sqlite.Tests.Processes;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Files;

public sealed class CrashTests : SqliteTest
{
    [Theory(Timeout = HangLimit)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public async Task Open_AfterAProcessWasKilled_HoldsWhatItHadCommitted(int commits)
    {
        List<long> reported = [];
        await using (var other = OtherProcess.Start(OtherRoles.AppendForEver, FilePath, "other"))
        {
            for (var n = 0; n < commits; n++)
                reported.Add((await other.NextAsync(Cancellation))!.Value);
            reported.AddRange(await other.KillAsync(Cancellation));
        }

        var store = await OpenAsync();
        var log = await LogAsync(store);

        log.Select(m => m.GlobalPosition).Take(reported.Count).ShouldBe(reported);
        log.Count.ShouldBeInRange(reported.Count, reported.Count + 1, "one commit may have been taken without a word");
        (await store.CountDocumentsAsync(new() { Collection = Sample.Carts }, Cancellation)).ShouldBe(log.Count, "a commit is all or nothing");
        (await VerifyAsync(store)).ShouldBeEmpty();
        (await AppendAsync(store, "other")).Head.ShouldBe(log.Count + 1);
    }
}
