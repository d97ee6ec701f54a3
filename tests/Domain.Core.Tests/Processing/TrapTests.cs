using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Mistakes that would hang or kill a process, or be lost without a word.</summary>
public sealed class TrapTests
{
    public sealed record Recurse(string Id) : ICommand;

    public sealed record Again(string Id) : ICommand;

    public sealed record Born(string Id) : IDomainEvent;

    public sealed class Quiet : EventSourcedAggregate
    {
        public static Quiet Silent(string id) => new() { Id = id };

        void Apply(Born e) => Id = e.Id;
    }

    [Fact]
    public async Task ProcessAsync_ACommandThatProcessesItself_EndsWithAnError()
    {
        await using var domain = Create(d => d.CommandHandler<Quiet>().On<Recurse>((c, context) => context.ProcessAsync(c)));

        var error = await Should.ThrowAsync<EventDepthExceededException>(domain.ProcessAsync(new Recurse("q"), TestContext.Current.CancellationToken));

        error.MessageType.ShouldBe(nameof(Recurse));
    }

    [Fact(Timeout = 10_000)]
    public async Task ProcessAsync_WithinItselfUnderOneKey_IsRefusedInsteadOfWaiting()
    {
        var options = new CommandOptions { IdempotencyKey = "k" };
        await using var domain = Create(d => d.CommandHandler<Quiet>().On<Again>((c, context) => context.ProcessAsync(c, options)));

        var error = await Should.ThrowAsync<InvalidOperationException>(domain.ProcessAsync(new Again("q"), options, TestContext.Current.CancellationToken));

        error.Message.ShouldContain("would wait for itself");
    }

    [Fact]
    public async Task SaveAsync_ANewEventSourcedAggregateWithoutAnEvent_IsRefused()
    {
        await using var domain = Create(_ => { });

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await domain.Repository<Quiet>().SaveAsync(Quiet.Silent("q")));

        error.Message.ShouldContain("Quiet 'q' is new and has raised no event");
    }

    [Fact]
    public async Task On_ALambdaThatReturnsAValueTask_IsAwaited()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var domain = Create(d => d.CommandHandler<Quiet>().On<Recurse>((_, _) => Wait()));

        var processing = domain.ProcessAsync(new Recurse("q"), TestContext.Current.CancellationToken);
        await entered.Task;
        var returnedEarly = processing.IsCompleted;
        release.SetResult();
        await processing;

        returnedEarly.ShouldBeFalse();

        async ValueTask Wait()
        {
            entered.SetResult();
            await release.Task;
        }
    }

    private static Domain Create(Action<DomainBuilder> declare) => Domain.Create("Test", domain =>
    {
        domain.Aggregate<Quiet>();
        domain.MaxEventDepth = 20;
        declare(domain);
        domain.UseInMemory();
    });
}
