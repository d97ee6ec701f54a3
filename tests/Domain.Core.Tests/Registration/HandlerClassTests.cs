using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>Handlers declared as classes, and what they are made with.</summary>
public sealed class HandlerClassTests
{
    private readonly Journal _journal = new();

    [Fact]
    public async Task Use_AClassWithDependencies_GetsThem()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<Scoped>());

        await domain.RaiseAsync(new Registered("u"));

        _journal.Entries.ShouldContain("Scoped handled with resource 1");
    }

    [Fact]
    public async Task Use_AScopedDependencyPerHandler_IsNewForEachCallAndDisposedAfterIt()
    {
        await using var domain = Create(d =>
        {
            d.HandlerScopes = HandlerScopes.PerHandler;
            d.EventHandler<User>().Use<Scoped>();
        });

        await domain.RaiseAsync(new Registered("a"), new Registered("b"));

        _journal.Entries.ShouldBe(
        [
            "Scoped handled with resource 1", "resource 1 disposed",
            "Scoped handled with resource 2", "resource 2 disposed",
        ]);
    }

    [Fact]
    public async Task Use_ADisposableClass_IsDisposedAfterTheCall()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<Closing>());

        await domain.RaiseAsync(new Registered("a"));

        _journal.Entries.ShouldBe(["Closing handled", "Closing disposed"]);
    }

    [Fact]
    public async Task Use_ADisposableClassWithoutDependencies_IsDisposedAfterTheCall()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<ClosingAlone>());

        await domain.RaiseAsync(new Registered("a"));

        ClosingAlone.Last.ShouldNotBeNull().Disposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Use_AClassWithoutDependencies_IsMadeAnewForEachCall()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<Counting>());

        await domain.RaiseAsync(new Registered("a"), new Registered("b"));

        (await domain.Repository<User>().QueryAsync(u => u.Logins == 1)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Use_AnInjectedRepository_WorksInTheUnitOfWork()
    {
        await using var domain = Create(d => d.CommandHandler<User>().Use<SavesAndFails>());

        await Should.ThrowAsync<TimeoutException>(() => domain.ProcessAsync(new Register("u-1")));

        (await domain.Repository<User>().FindAsync("u-1")).ShouldBeNull();
    }

    [Fact]
    public async Task Lambda_TheRepositoryOfTheDomain_WorksInTheUnitOfWork()
    {
        await using var domain = Create(d => d.CommandHandler<User>().On<Register>(async (c, context) =>
        {
            await context.Domain.Repository<User>().SaveAsync(User.With(c.UserId));
            throw new TimeoutException();
        }));

        await Should.ThrowAsync<TimeoutException>(() => domain.ProcessAsync(new Register("u-1")));

        (await domain.Repository<User>().FindAsync("u-1")).ShouldBeNull();
    }

    [Fact]
    public async Task Lambda_ACommandProcessedThroughTheDomain_IsCausedByTheMessage()
    {
        Message? seen = null;
        await using var domain = Create(d =>
        {
            d.EventHandler<User>().On<Registered>((e, context) => context.Domain.ProcessAsync(new SendEmail("e-1")));
            d.CommandHandler<Email>().On<SendEmail>((_, context) => seen = context.Message);
        });

        await domain.RaiseAsync(new Registered("u"));

        seen!.Metadata.CauseStream.ShouldNotBeNull().ShouldStartWith("test::user-");
    }

    [Fact]
    public async Task Use_AClassForACommandWithAResult_ReturnsIt()
    {
        await using var domain = Create(d => d.CommandHandler<User>().Use<Counter>(), d => d.QueryHandler().Use<Counter>());

        (await domain.ProcessAsync(new CountUsers(3))).ShouldBe(4);
    }

    [Fact]
    public async Task Use_AClassForAQuery_Answers()
    {
        await using var domain = Create(d => d.QueryHandler().Use<Counter>(), d => d.CommandHandler<User>().Use<Counter>());

        (await domain.QueryAsync(new FindUser("u"))).ShouldBeTrue();
    }

    [Fact]
    public async Task Use_AClassForAnyEvent_HearsWhatItHasNoMethodFor()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<Curious>());

        await domain.RaiseAsync(new Registered("u"), new Activated("u"));

        _journal.Entries.ShouldBe(["specific Registered", "any Activated"]);
    }

    [Fact]
    public async Task Use_AClassThatHandlesErrors_IsToldOfTheFailure()
    {
        await using var domain = Create(d => d.EventHandler<User>().Use<Failing>().HandleError((e, _, _) => _journal.Add("lambda " + e.Message)));

        await Should.ThrowAsync<TimeoutException>(async () => await domain.RaiseAsync(new Registered("u")));

        _journal.Entries.ShouldBe(["class late Test.Registered.v1", "lambda late"]);
    }

    private Domain Create(params Action<DomainBuilder>[] declarations) => Users.Create(d =>
    {
        d.Services.AddSingleton(_journal);
        d.Services.AddScoped<Resource>();
        Array.ForEach(declarations, declare => declare(d));
    });

    public sealed class Journal
    {
        public List<string> Entries { get; } = [];

        public int Resources { get; set; }

        public void Add(string entry) => Entries.Add(entry);
    }

    public sealed class Resource(Journal journal) : IDisposable
    {
        public int Number { get; } = ++journal.Resources;

        public void Dispose() => journal.Add($"resource {Number} disposed");
    }

    public sealed class Scoped(Journal journal, Resource first, Resource second) : IHandle<Registered>
    {
        public Task HandleAsync(Registered message, HandlerContext context)
        {
            first.ShouldBeSameAs(second);
            journal.Add($"Scoped handled with resource {first.Number}");
            return Task.CompletedTask;
        }
    }

    public sealed class Closing(Journal journal) : IHandle<Registered>, IAsyncDisposable
    {
        public Task HandleAsync(Registered message, HandlerContext context)
        {
            journal.Add("Closing handled");
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync()
        {
            journal.Add("Closing disposed");
            return ValueTask.CompletedTask;
        }
    }

    public sealed class ClosingAlone : IHandle<Registered>, IDisposable
    {
        public static ClosingAlone? Last { get; private set; }

        public bool Disposed { get; private set; }

        public Task HandleAsync(Registered message, HandlerContext context)
        {
            Last = this;
            return Task.CompletedTask;
        }

        public void Dispose() => Disposed = true;
    }

    public sealed class Counting : IHandle<Registered>
    {
        private int _calls;

        public Task HandleAsync(Registered message, HandlerContext context)
        {
            var user = User.With("counted-" + message.UserId);
            for (_calls++; user.Logins < _calls;)
                user.LogIn();
            context.Repository<User>().Add(user);
            return Task.CompletedTask;
        }
    }

    public sealed class SavesAndFails(IRepository<User> users) : IHandle<Register>
    {
        public async Task HandleAsync(Register message, HandlerContext context)
        {
            await users.SaveAsync(User.With(message.UserId));
            throw new TimeoutException();
        }
    }

    public sealed class Counter : IHandle<CountUsers, int>, IHandle<FindUser, bool>
    {
        public Task<int> HandleAsync(CountUsers request, HandlerContext context) => Task.FromResult(request.AtLeast + 1);

        public Task<bool> HandleAsync(FindUser request, HandlerContext context) => Task.FromResult(true);
    }

    public sealed class Curious(Journal journal) : IHandle<Registered>, IHandleAny
    {
        public Task HandleAsync(Registered message, HandlerContext context)
        {
            journal.Add("specific Registered");
            return Task.CompletedTask;
        }

        public Task HandleAnyAsync(Message message, HandlerContext context)
        {
            journal.Add("any " + message.Payload.GetType().Name);
            return Task.CompletedTask;
        }
    }

    public sealed class Failing(Journal journal) : IHandle<Registered>, IHandleErrors
    {
        public Task HandleAsync(Registered message, HandlerContext context) => throw new TimeoutException("late");

        public Task HandleErrorAsync(Exception error, Message message, HandlerContext context)
        {
            journal.Add($"class {error.Message} {message.Type}");
            return Task.CompletedTask;
        }
    }
}
