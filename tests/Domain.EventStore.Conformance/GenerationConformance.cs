using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Building a collection anew beside the live one.</summary>
public abstract class GenerationConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Fact]
    public async Task Generations_OfANewCollection_BeginWithZero()
    {
        var generations = await GenerationsAsync();

        generations.Collection.ShouldBe(Sample.Carts);
        generations.Live.ShouldBe(0);
        generations.Building.ShouldBeEmpty();
    }

    [Fact]
    public async Task Begin_NewNumbers_AreBuiltBesideTheLiveOne()
    {
        await ChangeAsync(GenerationAction.Begin, 5);
        await ChangeAsync(GenerationAction.Begin, 3);

        var generations = await GenerationsAsync();

        generations.Live.ShouldBe(0);
        generations.Building.ShouldBe([3L, 5]);
        (await Store.GetGenerationsAsync(Sample.Views, Cancellation)).Building.ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_ToAGenerationThatIsBuilt_ReadersOfTheLiveOneDoNotSee()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await WriteAsync(Sample.Document("a", """{"n":0}"""));

        await WriteAsync(Sample.Document("a", """{"n":1}""", generation: 1), Sample.Document("b", generation: 1));

        Sample.Text((await LoadAsync("a")).ShouldNotBeNull().Body).ShouldContain("0");
        Sample.Text((await LoadAsync("a", generation: 1)).ShouldNotBeNull().Body).ShouldContain("1");
        (await LoadAsync("b")).ShouldBeNull();
        (await CountAsync()).ShouldBe(1);
        (await CountAsync(0)).ShouldBe(1);
        (await CountAsync(1)).ShouldBe(2);
        (await Store.QueryDocumentsAsync(new() { Collection = Sample.Carts, Generation = 1 }, Cancellation)).Select(d => d.Key).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Write_OneKeyToTwoGenerationsInACommit_IsTwoDocuments()
    {
        await ChangeAsync(GenerationAction.Begin, 1);

        await WriteAsync(Sample.Document("a", version: 3), Sample.Document("a", version: 4, generation: 1));

        (await LoadAsync("a")).ShouldNotBeNull().Version.ShouldBe(3);
        (await LoadAsync("a", generation: 1)).ShouldNotBeNull().Version.ShouldBe(4);
    }

    [Fact]
    public async Task Begin_InTheCommitOfItsDocuments_TakesEffectBeforeThem()
    {
        await CommitAsync(new()
        {
            Generations = [new(Sample.Carts, GenerationAction.Begin, 1, 0)],
            Documents = [Sample.Document("a", generation: 1)],
        });

        (await LoadAsync("a", generation: 1)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Activate_WhatIsBuilt_ReplacesTheLiveOneWithItsDocuments()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await WriteAsync(Sample.Document("old"), Sample.Document("new", generation: 1));

        await ChangeAsync(GenerationAction.Activate, 1);

        var generations = await GenerationsAsync();
        generations.Live.ShouldBe(1);
        generations.Building.ShouldBeEmpty();
        (await LoadAsync("new")).ShouldNotBeNull();
        (await LoadAsync("old")).ShouldBeNull();
        (await LoadAsync("old", generation: 0)).ShouldBeNull();
        (await CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Activate_OneOfSeveral_LeavesTheOthersBeingBuilt()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await ChangeAsync(GenerationAction.Begin, 2);
        await WriteAsync(Sample.Document("a", generation: 2));

        await ChangeAsync(GenerationAction.Activate, 1);

        (await GenerationsAsync()).Building.ShouldBe([2L]);
        (await LoadAsync("a", generation: 2)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Activate_InTheCommitOfItsDocuments_RefusesThoseOfTheOldOne()
    {
        await ChangeAsync(GenerationAction.Begin, 1);

        var error = await RefusedAsync<GenerationException>(new()
        {
            Generations = [new(Sample.Carts, GenerationAction.Activate, 1, 0)],
            Documents = [Sample.Document("a")],
        });

        error.Generation.ShouldBe(0);
        (await GenerationsAsync()).Live.ShouldBe(0);
    }

    [Fact]
    public async Task Write_ToTheGenerationThatWasReplaced_IsRefused()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await ChangeAsync(GenerationAction.Activate, 1);

        var error = await RefusedAsync<GenerationException>(Commits.Write(Sample.Document("a")));

        error.Collection.ShouldBe(Sample.Carts);
        error.Generation.ShouldBe(0);
        await WriteAsync(Sample.Document("a", generation: 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Write_ToAGenerationThatWasNeverBegun_IsRefused(long generation)
    {
        await RefusedAsync<GenerationException>(Commits.Write(Sample.Document("a", generation: generation)));

        (await LoadAsync("a")).ShouldBeNull();
    }

    [Fact]
    public async Task Delete_InAGenerationThatWasReplaced_IsRefused()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await ChangeAsync(GenerationAction.Activate, 1);

        await RefusedAsync<GenerationException>(Commits.Write(Sample.Deletion("a", ExpectedDocument.Any)));
    }

    [Fact]
    public async Task Drop_WhatIsBuilt_GivesItUpWithItsDocuments()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await WriteAsync(Sample.Document("a"), Sample.Document("a", generation: 1));

        await ChangeAsync(GenerationAction.Drop, 1);

        (await GenerationsAsync()).Building.ShouldBeEmpty();
        (await LoadAsync("a", generation: 1)).ShouldBeNull();
        (await LoadAsync("a")).ShouldNotBeNull();
        await RefusedAsync<GenerationException>(Commits.Write(Sample.Document("b", generation: 1)));
    }

    [Theory]
    [InlineData(GenerationAction.Drop)]
    [InlineData(GenerationAction.Activate)]
    public async Task Change_TheLiveOne_IsRefused(GenerationAction action) =>
        await RefusedAsync<GenerationException>(Commits.Change(Sample.Carts, action, 0));

    [Theory]
    [InlineData(GenerationAction.Drop)]
    [InlineData(GenerationAction.Activate)]
    public async Task Change_OneThatWasNeverBegun_IsRefused(GenerationAction action) =>
        await RefusedAsync<GenerationException>(Commits.Change(Sample.Carts, action, 7));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Begin_NumberThatWasUsed_IsRefused(long used)
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await ChangeAsync(GenerationAction.Activate, 1);
        await ChangeAsync(GenerationAction.Begin, 2, expectedLive: 1);
        await ChangeAsync(GenerationAction.Drop, 2, expectedLive: 1);
        await ChangeAsync(GenerationAction.Begin, 3, expectedLive: 1);

        var error = await RefusedAsync<GenerationException>(Commits.Change(Sample.Carts, GenerationAction.Begin, used, expectedLive: 1));

        error.Generation.ShouldBe(used);
    }

    [Theory]
    [InlineData(GenerationAction.Begin, 2)]
    [InlineData(GenerationAction.Activate, 1)]
    [InlineData(GenerationAction.Drop, 1)]
    public async Task Change_AnotherOneIsLive_IsRefused(GenerationAction action, long generation)
    {
        await ChangeAsync(GenerationAction.Begin, 1);

        await RefusedAsync<GenerationException>(Commits.Change(Sample.Carts, action, generation, expectedLive: 4));

        (await GenerationsAsync()).Live.ShouldBe(0);
        (await GenerationsAsync()).Building.ShouldBe([1L]);
    }

    [Fact]
    public async Task Change_SeveralInACommit_TakeEffectInTheirOrder()
    {
        await ChangeAsync(GenerationAction.Begin, 1);

        await CommitAsync(new()
        {
            Generations =
            [
                new(Sample.Carts, GenerationAction.Drop, 1, 0),
                new(Sample.Carts, GenerationAction.Begin, 2, 0),
                new(Sample.Carts, GenerationAction.Activate, 2, 0),
                new(Sample.Carts, GenerationAction.Begin, 3, 2),
                new(Sample.Views, GenerationAction.Begin, 1, 0),
            ],
            Documents = [Sample.Document("a", generation: 2)],
        });

        (await GenerationsAsync()).Live.ShouldBe(2);
        (await GenerationsAsync()).Building.ShouldBe([3L]);
        (await LoadAsync("a")).ShouldNotBeNull();
        (await Store.GetGenerationsAsync(Sample.Views, Cancellation)).Building.ShouldBe([1L]);
    }

    [Fact]
    public async Task Initialize_Again_KeepsTheGenerations()
    {
        await ChangeAsync(GenerationAction.Begin, 1);
        await ChangeAsync(GenerationAction.Activate, 1);
        await ChangeAsync(GenerationAction.Begin, 2, expectedLive: 1);

        await Store.InitializeAsync(Definition, Cancellation);

        (await GenerationsAsync()).Live.ShouldBe(1);
        (await GenerationsAsync()).Building.ShouldBe([2L]);
    }

    private Task<CommitResult> ChangeAsync(GenerationAction action, long generation, long expectedLive = 0) =>
        CommitAsync(Commits.Change(Sample.Carts, action, generation, expectedLive));

    private async Task<CollectionGenerations> GenerationsAsync() => await Store.GetGenerationsAsync(Sample.Carts, Cancellation);

    private async Task<long> CountAsync(long? generation = null) =>
        await Store.CountDocumentsAsync(new() { Collection = Sample.Carts, Generation = generation }, Cancellation);
}
