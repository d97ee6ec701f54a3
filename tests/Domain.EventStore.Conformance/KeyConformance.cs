using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Idempotency keys.</summary>
public abstract class KeyConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Get_KeyThatIsFree_ReturnsNothing() => (await GetAsync("scope", "k")).ShouldBeNull();

    [Fact]
    public async Task Claim_FreeKey_IsReadAsWritten()
    {
        await CommitAsync(Commits.Claim(new KeyClaim("Shop.PlaceOrder@tenant", "k'1", "h", Sample.Utf8("""{ "id" : 1 }"""), Sample.Time)));

        var key = (await GetAsync("Shop.PlaceOrder@tenant", "k'1")).ShouldNotBeNull();

        key.ShouldSatisfyAllConditions(
            () => key.Scope.ShouldBe("Shop.PlaceOrder@tenant"),
            () => key.Key.ShouldBe("k'1"),
            () => key.PayloadHash.ShouldBe("h"),
            () => Sample.Text(key.Outcome).ShouldBe("""{ "id" : 1 }"""),
            () => key.At.ShouldBe(Sample.Time));
    }

    [Fact]
    public async Task Claim_WithoutOutcome_IsReadWithAnEmptyOne()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k") with { Outcome = default }));

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull().Outcome.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Claim_KeyThatIsTaken_IsRefusedAndKeepsTheFirst()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        var error = await RefusedAsync<DuplicateKeyException>(Commits.Claim(Sample.Key("k") with { PayloadHash = "other" }));

        error.Scope.ShouldBe("Shop.PlaceOrder");
        error.Key.ShouldBe("k");
        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull().PayloadHash.ShouldBe("hash");
    }

    [Fact]
    public async Task Claim_OneOfTwoIsTaken_ClaimsNeither()
    {
        await CommitAsync(Commits.Claim(Sample.Key("taken")));

        await RefusedAsync<DuplicateKeyException>(Commits.Claim(Sample.Key("free"), Sample.Key("taken")));

        (await GetAsync("Shop.PlaceOrder", "free")).ShouldBeNull();
    }

    [Fact]
    public async Task Claim_SameKeyInAnotherScopeOrCase_IsAnotherKey()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await CommitAsync(Commits.Claim(Sample.Key("k", "Shop.ShipOrder"), Sample.Key("K")));

        (await GetAsync("Shop.ShipOrder", "k")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Claim_ScopeAndKeyThatReadTheSameTogether_AreDifferent()
    {
        await CommitAsync(Commits.Claim(Sample.Key("bc", "a"), Sample.Key("c", "ab")));

        (await GetAsync("ab", "c")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Claim_ManyAtOnce_ExactlyOneIsTakenAndOnlyItsEffectsAreThere()
    {
        var errors = await Task.WhenAll(Enumerable.Range(0, 16).Select(n => Task.Run(
            () => OutcomeAsync(new()
            {
                Keys = [Sample.Key("k")],
                Appends = [new(Sample.StreamOf($"{n}"), ExpectedVersion.NoStream, Sample.Messages(1))],
            }),
            Cancellation)));

        errors.Count(e => e is null).ShouldBe(1);
        errors.Count(e => e is DuplicateKeyException).ShouldBe(15);
        (await ReadLogAsync()).Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Release_KeyClaimedWithTheHash_GivesItBack()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await CommitAsync(Commits.Release(Release("k")));

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldBeNull();
        await CommitAsync(Commits.Claim(Sample.Key("k")));
    }

    [Theory]
    [InlineData("other", "k", "Shop.PlaceOrder")]
    [InlineData("HASH", "k", "Shop.PlaceOrder")]
    [InlineData("hash", "K", "Shop.PlaceOrder")]
    [InlineData("hash", "k", "Shop.ShipOrder")]
    public async Task Release_WithAnotherHashKeyOrScope_LeavesTheKey(string hash, string key, string scope)
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await CommitAsync(Commits.Release(new KeyRelease(scope, key, hash)));

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Release_KeyThatIsFree_WritesTheRestOfTheCommit()
    {
        await CommitAsync(new() { KeyReleases = [Release("free")], Keys = [Sample.Key("k")] });

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Release_OneKey_LeavesTheOthers()
    {
        await CommitAsync(Commits.Claim(Sample.Key("a"), Sample.Key("b"), Sample.Key("c")));

        await CommitAsync(Commits.Release(Release("a"), Release("c")));

        (await GetAsync("Shop.PlaceOrder", "a")).ShouldBeNull();
        (await GetAsync("Shop.PlaceOrder", "b")).ShouldNotBeNull();
        (await GetAsync("Shop.PlaceOrder", "c")).ShouldBeNull();
    }

    [Fact]
    public async Task Release_AndClaimInOneCommit_ReplacesWhatIsKept()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await CommitAsync(new() { KeyReleases = [Release("k")], Keys = [Sample.Key("k") with { PayloadHash = "new" }] });

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull().PayloadHash.ShouldBe("new");
    }

    [Fact]
    public async Task Release_WithAnotherHashAndClaimInOneCommit_IsRefused()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k")));

        await RefusedAsync<DuplicateKeyException>(new() { KeyReleases = [Release("k", "other")], Keys = [Sample.Key("k") with { PayloadHash = "new" }] });

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull().PayloadHash.ShouldBe("hash");
    }

    [Fact]
    public async Task Release_InACommitThatIsRefused_LeavesTheKey()
    {
        await CommitAsync(Commits.Claim(Sample.Key("k"), Sample.Key("taken")));

        await RefusedAsync<DuplicateKeyException>(new() { KeyReleases = [Release("k")], Keys = [Sample.Key("taken")] });

        (await GetAsync("Shop.PlaceOrder", "k")).ShouldNotBeNull();
    }

    [Fact]
    public void Release_Alone_IsNoEmptyCommit() => Commits.Release(Release("k")).IsEmpty.ShouldBeFalse();

    [Fact]
    public async Task Purge_BeforeATime_ForgetsOlderKeysOnly()
    {
        await CommitAsync(Commits.Claim(
            Sample.Key("old", at: Sample.Time.AddSeconds(-1)), Sample.Key("same", at: Sample.Time), Sample.Key("new", at: Sample.Time.AddSeconds(1))));

        (await Store.PurgeKeysAsync(Sample.Time, Cancellation)).ShouldBe(1);

        (await GetAsync("Shop.PlaceOrder", "old")).ShouldBeNull();
        (await GetAsync("Shop.PlaceOrder", "same")).ShouldNotBeNull();
        (await GetAsync("Shop.PlaceOrder", "new")).ShouldNotBeNull();
        await CommitAsync(Commits.Claim(Sample.Key("old")));
    }

    private static KeyRelease Release(string key, string hash = "hash") => new("Shop.PlaceOrder", key, hash);

    private async Task<ClaimedKey?> GetAsync(string scope, string key) => await Store.GetKeyAsync(scope, key, Cancellation);
}
