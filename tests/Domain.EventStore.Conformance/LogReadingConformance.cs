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

    [Fact]
    public async Task Scenario_D30_FreshCursor_DeliversFromTheFirstMessageOn()
    {
        await AppendAsync(Sample.Stream, 2);
        var first = await ReadLogAsync();
        await AppendAsync(Sample.Stream, 1);
        var all = await ReadLogAsync();

        first.Messages.Select(m => m.Position).ShouldBe([0L, 1]);
        all.Messages.Select(m => m.Position).ShouldBe([0L, 1, 2]);
        first.Messages[0].GlobalPosition.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Scenario_D31_RefusedCommitBetween_BothNeighboursAreDeliveredAtOnce()
    {
        var first = Sample.Message();
        var last = Sample.Message();
        await AppendAsync(Sample.Stream, first);
        await RefusedAsync<ConcurrencyException>(Commits.Append(
            new StreamAppend(Sample.StreamOf("2"), ExpectedVersion.Any, Sample.Messages(1)),
            new StreamAppend(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(1))));
        await AppendAsync(Sample.Stream, last);

        var page = await ReadLogAsync();

        page.Messages.Select(m => m.Id).ShouldBe([first.Id, last.Id]);
        page.ScannedTo.ShouldBe(page.Head);
    }

    [Fact]
    public async Task Scenario_D35_ManySystemMessagesBetween_AreScannedOverInOneRead()
    {
        var first = Sample.Message();
        var last = Sample.Message();
        await AppendAsync(Sample.Stream, first);
        for (var i = 1; i <= 60; i++)
        {
            await AppendAsync(Sample.StreamOf("facts"), Sample.Message(kind: MessageKind.Fact), Sample.Message(kind: MessageKind.Notification));
            await WriteAsync(Sample.Document("v1/1", version: i, expected: ExpectedDocument.Older, collection: Sample.Views));
        }

        await AppendAsync(Sample.Stream, last);

        var page = await ReadLogAsync(new() { After = 0, MaxCount = 2, Kinds = MessageKind.Event });
        page.Messages.Select(m => m.Id).ShouldBe([first.Id, last.Id]);
    }

    [Fact]
    public async Task Scenario_28_ProgressAndFailures_AreNotInTheLog()
    {
        var head = (await AppendAsync(Sample.Stream, 1)).Head;

        await CommitAsync(Commits.Move(new("handler"), 0, head));
        await CommitAsync(Commits.Fail(Sample.Failure(new("handler", "Handle", head))));
        await CommitAsync(Commits.Claim(Sample.Key("k")));
        await CommitAsync(Commits.Mark(new HandledMark("handler", "Handle", head)));

        (await ReadLogAsync()).Messages.ShouldHaveSingleItem();
        (await HeadAsync()).ShouldBe(head);
    }

    [Fact]
    public async Task Scenario_I63_InterleavedStreamsOfOneCategory_AreReadInGlobalOrderAndInStreamOrder()
    {
        var (a, b) = (Sample.StreamOf("a"), Sample.StreamOf("b"));
        foreach (var stream in new[] { a, b, b, a, b })
            await AppendAsync(stream, 1);

        var category = await ReadLogAsync(All(Orders));
        var whole = await ReadLogAsync();

        category.Messages.Select(m => m.Stream).ShouldBe([a, b, b, a, b]);
        category.Messages.Select(m => m.GlobalPosition).ShouldBe(whole.Messages.Select(m => m.GlobalPosition));
        (await ReadAsync(b)).Messages.Select(m => m.Position).ShouldBe([0L, 1, 2]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(100)]
    public async Task Scenario_I64_ReadAll_AnyPageSize_NoGapNoDuplicate(int pageSize)
    {
        var ids = new List<Guid>();
        for (var i = 0; i < 4; i++)
        {
            var messages = Sample.Messages(3);
            await AppendAsync(Sample.StreamOf($"{i}"), messages);
            ids.AddRange(messages.Select(m => m.Id));
        }

        var read = new List<Guid>();
        var page = new LogPage([], 0, long.MaxValue);
        while (page.ScannedTo < page.Head)
        {
            page = await ReadLogAsync(new() { After = page.ScannedTo, MaxCount = pageSize });
            read.AddRange(page.Messages.Select(m => m.Id));
        }

        read.ShouldBe(ids);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Scenario_I64_ReadAll_PageSizeBelowOne_IsAnError(int pageSize)
    {
        await InvalidAsync(() => Store.ReadLogAsync(new() { After = 0, MaxCount = pageSize }, Cancellation));
        await InvalidAsync(() => Store.ReadStreamAsync(new() { Stream = Sample.Stream, MaxCount = pageSize }, Cancellation));
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
