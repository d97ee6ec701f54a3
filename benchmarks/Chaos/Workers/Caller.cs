using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>One of the many who commit through a store at once, one commit after the other. It says what it sends before, and what has come back after.</summary>
internal sealed class Caller(IEventStore store, CommitMix mix, Voice voice, Random random)
{
    private const double Repeats = 0.3;
    private const double Twins = 0.3;
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(8);

    // A key whose commit may have been taken or not is tried again: then it must not happen a second time.
    private string? _doubtfulKey;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await CommitAsync(_doubtfulKey is null ? CommitKinds.Next(random) : CommitKind.Keyed);
                await Task.Delay(_longestPause * random.NextDouble(), CancellationToken.None);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Patience.Pause, CancellationToken.None);
            }
        }
    }

    private async Task CommitAsync(CommitKind kind)
    {
        var key = _doubtfulKey;
        var draft = await mix.NextAsync(kind, key, random);
        var attempt = draft.ToAttempt();
        if (kind == CommitKind.Repeatable)
            await SendRepeatedlyAsync(attempt, draft.ToCommit(Guid.CreateVersion7()));
        else if (kind == CommitKind.Keyed && random.NextDouble() < Twins)
            await SendTwinsAsync(attempt, draft.ToCommit(null));
        else
            await SendAsync(attempt, draft.ToCommit(null));
    }

    private async Task SendTwinsAsync(Attempt attempt, Commit commit)
    {
        var twin = await mix.NextAsync(CommitKind.Keyed, attempt.Key, random);
        await Task.WhenAll(SendAsync(attempt, commit), SendAsync(twin.ToAttempt(), twin.ToCommit(null)));
    }

    private async Task SendRepeatedlyAsync(Attempt attempt, Commit commit)
    {
        while (true)
        {
            var outcome = await SendAsync(attempt, commit);
            if (outcome is OutcomeKind.Refused or OutcomeKind.Unexpected || (outcome == OutcomeKind.Acknowledged && random.NextDouble() > Repeats))
                return;
            if (outcome != OutcomeKind.Acknowledged)
                await Task.Delay(Patience.Pause, CancellationToken.None);
        }
    }

    private async Task<OutcomeKind> SendAsync(Attempt attempt, Commit commit)
    {
        voice.Say(new() { Begin = attempt });
        var outcome = await AskAsync(attempt, commit);
        voice.Say(new() { End = outcome });
        Learn(commit, outcome);
        if (outcome.Kind is OutcomeKind.Unknown or OutcomeKind.Unavailable)
            _doubtfulKey = attempt.Key;
        else if (attempt.Key == _doubtfulKey)
            _doubtfulKey = null;
        return outcome.Kind;
    }

    private async Task<Outcome> AskAsync(Attempt attempt, Commit commit)
    {
        try
        {
            var result = await store.CommitAsync(commit);
            return new() { Tag = attempt.Tag, Kind = OutcomeKind.Acknowledged, FirstPosition = result.FirstPosition, StreamPositions = result.StreamPositions };
        }
        catch (Exception error)
        {
            var kind = error switch
            {
                CommitRefusedException => OutcomeKind.Refused,
                StoreUnavailableException or UserRowException => OutcomeKind.Unavailable,
                CommitOutcomeUnknownException => OutcomeKind.Unknown,
                _ => OutcomeKind.Unexpected,
            };
            return new() { Tag = attempt.Tag, Kind = kind, Error = kind switch { OutcomeKind.Unexpected => error.ToString(), OutcomeKind.Refused => null, _ => error.Message } };
        }
    }

    private void Learn(Commit commit, Outcome outcome)
    {
        for (var i = 0; i < commit.Appends.Count; i++)
        {
            var append = commit.Appends[i];
            mix.Learn(append.Stream, outcome.Kind == OutcomeKind.Acknowledged ? outcome.StreamPositions[i] + append.Messages.Count - 1 : null);
        }
    }
}
