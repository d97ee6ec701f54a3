using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>Rules about the state before a change.</summary>
public sealed class PreInvariantTests : IAsyncDisposable
{
    private readonly Domain _domain = Domain.Create("Test", d =>
    {
        d.Aggregate<Ticket>().Raises<Closed>().Raises<Commented>();
        d.Aggregate<Case>();
        d.UseInMemory();
    });

    private IRepository<Ticket> Tickets => _domain.Repository<Ticket>();

    private IRepository<Case> Cases => _domain.Repository<Case>();

    [Fact]
    public void Raise_ThatMakesTheStateOneThatNoChangeMayFollow_Succeeds()
    {
        var ticket = new Ticket("t-1");

        ticket.Close();

        ticket.RaisedEvents.ShouldBe([new Closed()]);
    }

    [Fact]
    public void Raise_OnAStateThatNoChangeMayFollow_IsRefused()
    {
        var ticket = new Ticket("t-1");
        ticket.Close();

        var error = Should.Throw<ValidationException>(() => ticket.Comment("late"));

        error.Violations.Single().Message.ShouldBe("a closed ticket stays as it is");
    }

    [Fact]
    public async Task Raise_OnALoadedStateThatNoChangeMayFollow_IsRefused()
    {
        await SaveClosedTicketAsync();
        var ticket = await Tickets.GetAsync("t-1");

        Should.Throw<ValidationException>(() => ticket.Comment("late"));

        Should.Throw<BrokenAggregateException>(() => ticket.Comment("again"), "the state was changed before the rule was looked at");
    }

    [Fact]
    public async Task Raise_RefusedBeforeAnythingChanged_LeavesTheInstanceAsItWas()
    {
        await SaveClosedTicketAsync();
        var ticket = await Tickets.GetAsync("t-1");

        Should.Throw<ValidationException>(ticket.Touch);

        await Tickets.SaveAsync(ticket);
        (await _domain.StreamAsync("test::ticket-t-1")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task SaveAsync_OfAChangeWithoutAnEvent_IsRefusedToo()
    {
        await SaveClosedTicketAsync();
        var ticket = await Tickets.GetAsync("t-1");
        ticket.RenameSilently("late");

        await Should.ThrowAsync<ValidationException>(async () => await Tickets.SaveAsync(ticket));

        (await Tickets.GetAsync("t-1")).Title.ShouldBe("");
    }

    [Fact]
    public async Task SaveAsync_OfAChangeWithoutAnEventAfterTheLastEvent_IsRefusedToo()
    {
        var ticket = new Ticket("t-1");
        ticket.Close();
        ticket.RenameSilently("late");

        await Should.ThrowAsync<ValidationException>(async () => await Tickets.SaveAsync(ticket));

        (await Tickets.ExistsAsync("t-1")).ShouldBeFalse();
    }

    [Fact]
    public async Task SaveAsync_OfAnUnchangedInstance_IsNoChange()
    {
        await SaveClosedTicketAsync();

        var ticket = await Tickets.GetAsync("t-1");

        await Should.NotThrowAsync(async () => await Tickets.SaveAsync(ticket));
    }

    [Fact]
    public void Change_OfSeveralSteps_LooksAtTheStateBeforeTheFirst()
    {
        var ticket = new Ticket("t-1");

        ticket.CloseWithComment("done");

        ticket.RaisedEvents.ShouldBe([new Closed(), new Commented("done")]);
    }

    [Fact]
    public void Change_OnAStateThatNoChangeMayFollow_IsNotBegun()
    {
        var ticket = new Ticket("t-1");
        ticket.Close();

        Should.Throw<ValidationException>(() => ticket.CloseWithComment("again"));

        ticket.RaisedEvents.ShouldBe([new Closed()]);
    }

    [Fact]
    public void Raise_OfAnEventSourcedAggregateThatNoChangeMayFollow_IsRefusedBeforeItIsApplied()
    {
        var file = new Case("c-1");
        file.Close();

        Should.Throw<ValidationException>(() => file.Comment("late"));

        file.Comments.ShouldBe(0);
        file.RaisedEvents.ShouldBe([new Closed()]);
    }

    [Fact]
    public async Task Raise_OfALoadedEventSourcedAggregateThatNoChangeMayFollow_IsRefused()
    {
        var closed = new Case("c-1");
        closed.Close();
        await Cases.SaveAsync(closed);
        var file = await Cases.GetAsync("c-1");

        Should.Throw<ValidationException>(() => file.Comment("late"));
    }

    [Fact]
    public async Task SaveAsync_OfAnEventSourcedAggregateThatNoChangeMayFollow_Succeeds()
    {
        var file = new Case("c-1");
        file.Comment("first");
        file.Close();

        await Cases.SaveAsync(file);

        (await Cases.GetAsync("c-1")).Version.ShouldBe(1);
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    private async Task SaveClosedTicketAsync()
    {
        var ticket = new Ticket("t-1");
        ticket.Close();
        await Tickets.SaveAsync(ticket);
    }

    public sealed record Closed : IDomainEvent;

    public sealed record Commented(string Text) : IDomainEvent;

    public sealed class Ticket : Aggregate
    {
        private readonly List<string> _comments = [];
        private bool _closed;

        public Ticket(string id) => Id = id;

        Ticket()
        {
        }

        public string Title { get; private set; } = "";

        public void Close()
        {
            _closed = true;
            Raise(new Closed());
        }

        public void Comment(string text)
        {
            _comments.Add(text);
            Raise(new Commented(text));
        }

        public void Touch() => Raise(new Commented("touched"));

        public void CloseWithComment(string text) => Change(() =>
        {
            Close();
            Comment(text);
        });

        public void RenameSilently(string title) => Title = title;

        [Invariant(Before = true)]
        void Open() => Ensure(!_closed, "a closed ticket stays as it is");
    }

    public sealed class Case : EventSourcedAggregate
    {
        private bool _closed;

        public Case(string id) => Id = id;

        Case()
        {
        }

        public int Comments { get; private set; }

        public void Close() => Raise(new Closed());

        public void Comment(string text) => Raise(new Commented(text));

        [Invariant(Before = true)]
        void Open() => Ensure(!_closed, "a closed case stays as it is");

        void Apply(Closed e) => _closed = true;

        void Apply(Commented e) => Comments++;
    }
}
