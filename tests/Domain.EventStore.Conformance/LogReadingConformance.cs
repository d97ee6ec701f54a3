using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>The log by category, type and kind, and how far a page has looked.</summary>
public abstract class LogReadingConformance(IStoreHarness harness) : StoreConformance(harness)
{
    private const string Orders = "shop::order";
    private const string Commands = "shop::order:command";
    private const string Users = "shop::user";

    [Fact]
    public async Task Read_EmptyLog_SaysSo()
    {
        var page = await ReadLogAsync();

        page.Messages.ShouldBeEmpty();
        page.ScannedTo.ShouldBe(0);
        page.Head.ShouldBe(0);
    }

    [Fact]
    public async Task Read_WholeLog_ReturnsEverythingInOrder()
    {
        var ids = await AppendMixedAsync();

        var page = await ReadLogAsync();

        page.Messages.Select(m => m.Id).ShouldBe(ids);
        page.Messages.Select(m => m.GlobalPosition).ShouldBe(page.Messages.Select(m => m.GlobalPosition).Order());
    }

    [Fact]
    public async Task Read_CategoriesThatBeginAlike_AreToldApart()
    {
        string[] categories = [Orders, Commands, Orders, "shop::ord", Commands];
        foreach (var (n, category) in categories.Index())
            await AppendAsync(StreamName.Create(category, $"{n}"), 1);

        var page = await ReadLogAsync();

        page.Messages.Select(m => m.Stream.Category).ShouldBe(categories);
    }

    [Theory]
    [InlineData("shop::cart-2", "shop::cart-2", "shop::cart-2")]
    [InlineData("shop::cart-2", "shop::cart-2", "shop::user-3")]
    [InlineData("shop::order:command-1", null, "shop::order:command-1")]
    [InlineData("shop::order:command-1", null, null)]
    [InlineData(null, "shop::cart-2", "shop::cart-2")]
    public async Task Read_StreamsOfOriginThatAreEqualOrMissing_AreAsWritten(string? cause, string? origin, string? root)
    {
        await AppendAsync(Sample.Stream, Sample.Message(metadata: new() { CorrelationId = "c", CauseStream = cause, OriginStream = origin, RootStream = root }));

        var stored = (await ReadLogAsync()).Messages.ShouldHaveSingleItem().Metadata;

        (stored.CauseStream, stored.OriginStream, stored.RootStream).ShouldBe((cause, origin, root));
    }

    [Fact]
    public async Task Read_NoCategoriesAndNoTypes_AreNoFilter()
    {
        var ids = await AppendMixedAsync();

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [], Types = [] });

        page.Messages.Select(m => m.Id).ShouldBe(ids);
    }

    [Fact]
    public async Task Read_Category_IsMatchedExactly()
    {
        await AppendMixedAsync();

        var page = await ReadLogAsync(All(Orders));

        page.Messages.Count.ShouldBe(3);
        page.Messages.ShouldAllBe(m => m.Stream.Category == Orders);
    }

    [Fact]
    public async Task Read_CategoryThatDiffersInCase_ReturnsNothing()
    {
        await AppendMixedAsync();

        (await ReadLogAsync(All("Shop::Order"))).Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Read_SeveralCategories_ReturnsThemInOneOrder()
    {
        await AppendMixedAsync();

        var page = await ReadLogAsync(All(Users, Commands));

        page.Messages.Select(m => m.Stream.Category).ShouldBe([Users, Commands, Users, Users]);
        page.Messages.Select(m => m.GlobalPosition).ShouldBe(page.Messages.Select(m => m.GlobalPosition).Order());
    }

    [Fact]
    public async Task Read_OneCategoryNamedTwice_ReturnsItsMessagesOnce()
    {
        await AppendMixedAsync();

        (await ReadLogAsync(All(Users, Users))).Messages.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Read_CategoryNobodyWroteTo_LooksToTheHead()
    {
        await AppendMixedAsync();

        var page = await ReadLogAsync(All("shop::nothing"));

        page.Messages.ShouldBeEmpty();
        page.ScannedTo.ShouldBe(await HeadAsync());
    }

    [Fact]
    public async Task Read_Types_ReturnsThoseOnly()
    {
        await AppendAsync(Sample.Stream, Sample.Message("A.v1"), Sample.Message("B.v1"), Sample.Message("C.v1"), Sample.Message("A.v1"));

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Types = ["A.v1", "C.v1", "a.v1"] });

        page.Messages.Select(m => m.Type).ShouldBe(["A.v1", "C.v1", "A.v1"]);
    }

    [Fact]
    public async Task Read_ManyTypes_ReturnsThoseOnly()
    {
        var types = Enumerable.Range(0, 40).Select(n => $"T{n}.v1").ToArray();
        await AppendAsync(Sample.Stream, types.Select(t => Sample.Message(t)).ToArray());

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Types = types[..20] });

        page.Messages.Select(m => m.Type).ShouldBe(types[..20]);
    }

    [Theory]
    [InlineData(MessageKind.Event, new[] { MessageKind.Event })]
    [InlineData(MessageKind.Command | MessageKind.Notification, new[] { MessageKind.Command, MessageKind.Notification })]
    [InlineData(MessageKind.HandledCommand | MessageKind.Fact, new[] { MessageKind.HandledCommand, MessageKind.Fact })]
    [InlineData(MessageKind.None, new MessageKind[0])]
    public async Task Read_Kinds_ReturnsThoseOnly(MessageKind kinds, MessageKind[] expected)
    {
        MessageKind[] all = [MessageKind.Event, MessageKind.Command, MessageKind.HandledCommand, MessageKind.Notification, MessageKind.Fact];
        var head = (await AppendAsync(Sample.Stream, all.Select(k => Sample.Message(kind: k)).ToArray())).Head;

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Kinds = kinds });

        page.Messages.Select(m => m.Kind).ShouldBe(expected);
        page.ScannedTo.ShouldBe(head);
    }

    [Fact]
    public async Task Read_SeveralFilters_MustAllPass()
    {
        await AppendAsync(Sample.StreamOf("1", Orders), Sample.Message("A.v1"), Sample.Message("B.v1"), Sample.Message("A.v1", MessageKind.Fact));
        await AppendAsync(Sample.StreamOf("1", Users), Sample.Message("A.v1"));

        var page = await ReadLogAsync(new() { After = 0, MaxCount = Everything, Categories = [Orders], Types = ["A.v1"], Kinds = MessageKind.Event });

        page.Messages.ShouldHaveSingleItem().Position.ShouldBe(0);
    }

    [Fact]
    public async Task Read_After_BeginsBehindIt()
    {
        var first = await AppendAsync(Sample.Stream, 2);
        await AppendAsync(Sample.Stream, 2);

        var page = await ReadLogAsync(new() { After = first.FirstPosition, MaxCount = Everything });

        page.Messages.Select(m => m.Position).ShouldBe([1L, 2, 3]);
    }

    [Fact]
    public async Task Read_AfterInACategory_BeginsBehindIt()
    {
        await AppendAsync(Sample.StreamOf("1", Users), 2);
        var first = await AppendAsync(Sample.Stream, 3);

        var page = await ReadLogAsync(new() { After = first.FirstPosition, MaxCount = Everything, Categories = [Orders, "shop::nothing"] });

        page.Messages.Select(m => m.Position).ShouldBe([1L, 2]);
    }

    [Fact]
    public async Task Read_UpTo_EndsWithIt()
    {
        var first = await AppendAsync(Sample.Stream, 2);
        await AppendAsync(Sample.Stream, 2);

        var page = await ReadLogAsync(new() { After = 0, UpTo = first.Head, MaxCount = Everything });

        page.Messages.Select(m => m.Position).ShouldBe([0L, 1]);
        page.ScannedTo.ShouldBe(first.Head);
        page.Head.ShouldBeGreaterThan(first.Head);
    }

    [Fact]
    public async Task Read_UpToInCategories_EndsWithIt()
    {
        var first = await AppendAsync(Sample.Stream, 2);
        await AppendAsync(Sample.StreamOf("1", Users), 2);

        var page = await ReadLogAsync(new() { After = 0, UpTo = first.Head + 1, MaxCount = Everything, Categories = [Orders, Users] });

        page.Messages.Count.ShouldBe((int)(page.Messages[^1].GlobalPosition - first.FirstPosition) + 1);
        page.Messages[^1].GlobalPosition.ShouldBeLessThanOrEqualTo(first.Head + 1);
        page.ScannedTo.ShouldBe(first.Head + 1);
    }

    [Fact]
    public async Task Read_UpToBeyondTheHead_LooksToTheHead()
    {
        var head = (await AppendAsync(Sample.Stream, 2)).Head;

        (await ReadLogAsync(new() { After = 0, UpTo = head + 100, MaxCount = Everything })).ScannedTo.ShouldBe(head);
    }

    [Theory]
    [InlineData(1, long.MaxValue)]
    [InlineData(1, 1)]
    public async Task Read_AfterTheHead_StaysWhereItBegan(long beyond, long upTo)
    {
        var head = (await AppendAsync(Sample.Stream, 2)).Head;

        var page = await ReadLogAsync(new() { After = head + beyond, UpTo = upTo, MaxCount = Everything });

        page.Messages.ShouldBeEmpty();
        page.ScannedTo.ShouldBe(head + beyond);
        page.Head.ShouldBe(head);
    }

    [Fact]
    public async Task Read_FullPage_GoesOnBehindItsLastMessage()
    {
        await AppendAsync(Sample.Stream, 5);

        var first = await ReadLogAsync(new() { After = 0, MaxCount = 2 });
        var second = await ReadLogAsync(new() { After = first.ScannedTo, MaxCount = 3 });

        first.Messages.Select(m => m.Position).ShouldBe([0L, 1]);
        second.Messages.Select(m => m.Position).ShouldBe([2L, 3, 4]);
        first.Head.ShouldBe(await HeadAsync());
    }

    [Fact]
    public async Task Read_FilteredToTheEnd_HasLookedAtAllOfIt()
    {
        await AppendAsync(Sample.Stream, Sample.Message("A.v1"));
        var head = (await AppendAsync(Sample.Stream, Enumerable.Range(0, 150).Select(_ => Sample.Message("B.v1")).ToArray())).Head;

        var page = await ReadLogAsync(new() { After = 0, MaxCount = 10, Types = ["A.v1"] });

        page.Messages.ShouldHaveSingleItem();
        page.ScannedTo.ShouldBe(head);
    }

    [Fact]
    public async Task Read_APageThatWasReturned_DoesNotGrowWithTheLog()
    {
        await AppendAsync(Sample.Stream, 2);
        var page = await ReadLogAsync(All(Orders));

        await AppendAsync(Sample.Stream, 2);

        page.Messages.Count.ShouldBe(2);
    }

    private static LogRead All(params string[] categories) => new() { After = 0, MaxCount = Everything, Categories = categories };

    private async Task<Guid[]> AppendMixedAsync()
    {
        var ids = new List<Guid>();
        foreach (var category in new[] { Orders, Users, Commands, Orders, Users, "shop::orders", Users, Orders })
        {
            var message = Sample.Message();
            ids.Add(message.Id);
            await AppendAsync(Sample.StreamOf("1", category), message);
        }

        return [.. ids];
    }
}
