using Shouldly;
using Xunit;

namespace Protean.Tests.Allocations;

public sealed record Knock(string DoorId) : ICommand;

public sealed record Knocked(string DoorId) : IDomainEvent;

public sealed class Door : Aggregate
{
    public static Door Build(string id)
    {
        var door = new Door { Id = id };
        door.Raise(new Knocked(id));
        return door;
    }

    public void Knock() => Raise(new Knocked(Id));
}

/// <summary>What a dispatch that completes synchronously costs: its unit of work and its message, and not a byte beyond.</summary>
[Collection(nameof(Alone))]
public sealed class DispatchAllocationTests : IAsyncDisposable
{
#if DEBUG
    // Without optimisation the compiler makes every state machine a class.
    private const long StateMachines = 600;
#else
    private const long StateMachines = 0;
#endif

    private static readonly Knock Command = new("d-1");
    private readonly Domain _domain = Domain.Create("Test", domain =>
    {
        domain.Aggregate<Door>();
        domain.CommandHandler<Door>().On<Knock>((_, _) => { });
        domain.UseInMemory();
    });

    [Fact]
    public async Task ProcessAsync_ThatCompletesSynchronously_AllocatesItsUnitOfWorkAndItsMessageOnly()
    {
        await _domain.ProcessAsync(Command, TestContext.Current.CancellationToken);

        var dispatched = Cheapest(() => _domain.ProcessAsync(Command).IsCompletedSuccessfully);
        var byHand = Cheapest(() => CommitByHand(Command));

        dispatched.ShouldBeInRange(byHand, byHand + StateMachines);
    }

    [Fact]
    public async Task ProcessAsync_WithAnInlineHandlerOfAnotherEvent_CostsNothingMore()
    {
        await using var other = Domain.Create("Test", domain =>
        {
            domain.Aggregate<Door>();
            domain.CommandHandler<Door>().On<Knock>((_, _) => { });
            domain.EventHandler<Door>().Inline().On<Knocked>((_, _) => { });
            domain.UseInMemory();
        });
        await _domain.ProcessAsync(Command, TestContext.Current.CancellationToken);
        await other.ProcessAsync(Command, TestContext.Current.CancellationToken);

        var with = Cheapest(() => other.ProcessAsync(Command).IsCompletedSuccessfully);

        with.ShouldBe(Cheapest(() => _domain.ProcessAsync(Command).IsCompletedSuccessfully));
    }

    public ValueTask DisposeAsync() => _domain.DisposeAsync();

    /// <summary>The bytes of one call. The store grows with every commit and doubles its arrays now and then, so the cheapest of many calls counts.</summary>
    private static long Cheapest(Func<bool> call)
    {
        var cheapest = long.MaxValue;
        for (var i = 0; i < 500; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            call().ShouldBeTrue();
            cheapest = Math.Min(cheapest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return cheapest;
    }

    /// <summary>The same commit without a dispatch: a message, a unit of work, and what both need.</summary>
    private bool CommitByHand(Knock command)
    {
        var binding = (CommandBinding<Nothing>)_domain.Model.Commands[typeof(Knock)];
        var type = _domain.Model.Types.Of(typeof(Knock));
        var now = _domain.Time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var message = new Message
        {
            Id = id,
            Type = type.Name,
            Stream = binding.StreamOf(command, id),
            Time = now,
            Kind = MessageKind.HandledCommand,
            Metadata = Causation.Beginning(null, null),
            Payload = command,
        };
        var execution = new DirectExecution<Nothing>(binding, type, message, _domain.Model.Types.Write(type, command), 0);
        var unit = new UnitOfWork(_domain, message);
        var context = new HandlerContext(unit, message, binding.HandlerName, default);
        execution.Contribute(unit.Extras, default);
        return IsDone(unit.SaveAsync(default)) && IsDone(context.DisposeAsync());
    }

    private static bool IsDone(ValueTask done) => done.IsCompletedSuccessfully;

    private static bool IsDone(ValueTask<IReadOnlyList<Message>> saving) => saving.IsCompletedSuccessfully && saving.Result.Count == 0;
}
