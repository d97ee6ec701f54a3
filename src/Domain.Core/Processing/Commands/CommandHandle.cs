using System.Text.Json;

namespace Protean;

/// <summary>A command that was stored for the Engine.</summary>
public sealed class CommandHandle
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private readonly Domain _domain;
    private readonly string _type;
    private readonly Type? _resultType;

    internal CommandHandle(Domain domain, Guid id, string type, Type? resultType)
    {
        _domain = domain;
        _type = type;
        _resultType = resultType;
        Id = id;
    }

    /// <summary>The id of the command.</summary>
    public Guid Id { get; }

    /// <summary>Whether the command has been handled, or has failed for good.</summary>
    public async Task<bool> IsCompletedAsync(CancellationToken cancellationToken = default) =>
        await FindOutcomeAsync(cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Waits until the command has been handled, which takes an engine that runs here or in another process.</summary>
    /// <exception cref="CommandFailedException">It has failed for good.</exception>
    public Task WaitAsync(CancellationToken cancellationToken = default) => OutcomeAsync(cancellationToken);

    /// <summary>Waits until the command has been handled, and returns its result.</summary>
    /// <exception cref="CommandFailedException">It has failed for good.</exception>
    public async Task<TResult> WaitAsync<TResult>(CancellationToken cancellationToken = default)
    {
        if (_resultType != typeof(TResult))
            throw new InvalidOperationException($"{_type} returns {_resultType?.Name ?? "nothing"}, not {typeof(TResult).Name}.");
        var outcome = await OutcomeAsync(cancellationToken).ConfigureAwait(false);
        return outcome.Result.Deserialize<TResult>(_domain.Model.Types.Settings.Writing)!;
    }

    private async Task<CommandOutcome> OutcomeAsync(CancellationToken cancellationToken)
    {
        // Another process may handle the command, and tells nobody here.
        using var poll = new PeriodicTimer(PollInterval, _domain.Time);
        var tick = poll.WaitForNextTickAsync(cancellationToken).AsTask();
        while (true)
        {
            var changed = _domain.Outcomes.NextAsync(Id, cancellationToken);
            var outcome = await FindOutcomeAsync(cancellationToken).ConfigureAwait(false);
            if (outcome is not null)
            {
                _domain.Outcomes.Forget(Id);
                return outcome.Error is null ? outcome : throw new CommandFailedException(_type, Id, outcome.Error);
            }

            await HandlerSlot.WaitAsync(Task.WhenAny(changed, tick)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (tick.IsCompleted)
                tick = poll.WaitForNextTickAsync(cancellationToken).AsTask();
        }
    }

    private async ValueTask<CommandOutcome?> FindOutcomeAsync(CancellationToken cancellationToken)
    {
        await _domain.EnsureStartedAsync(cancellationToken).ConfigureAwait(false);
        var key = await _domain.Store.GetKeyAsync(IdempotencyKeys.OutcomeScope, Id.ToString(), cancellationToken).ConfigureAwait(false);
        return key is null ? null : CommandOutcome.Read(key.Outcome.Span);
    }
}
