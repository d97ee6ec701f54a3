using System.Diagnostics;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>
/// Builds the documents of a projection anew from the log, beside those that readers see, and puts them in their place in one commit. With it the
/// subscription goes on from where the new copy ends: whoever worked on the old one loses it in the same commit, so nothing is missed or doubled.
/// </summary>
internal sealed class ProjectionRebuild(EngineContext engine, Subscription projection, string node)
{
    private const int PageSize = 1_000;
    private const int MostTries = 20;
    private const int MostRounds = 5;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly CheckpointKey _key = new(projection.Name + ":rebuild");
    private readonly long _started = Stopwatch.GetTimestamp();
    private ViewModel View => projection.View!;
    private long _handled;
    private long _position;
    private long _reportedAt;

    public async Task RunAsync(IProgress<RebuildProgress>? progress, CancellationToken cancellationToken)
    {
        // Without checkpoints to move, whoever begins later would handle everything again on top of what is built here.
        await new SubscriptionRows(engine, [projection], node).PrepareAsync(_ => _ => false, cancellationToken).ConfigureAwait(false);
        engine.Log.RebuildBegun(projection.ShortName);
        await RebuildAsync(await BeginAsync(isForced: true, cancellationToken).ConfigureAwait(false), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Brings the documents to the version of the projection, unless another node is at it.</summary>
    /// <returns>Whether they are of this version now.</returns>
    public async Task<bool> UpgradeAsync(CancellationToken cancellationToken)
    {
        try
        {
            var epoch = await BeginAsync(isForced: false, cancellationToken).ConfigureAwait(false);
            // It may just have been done by the one that had it.
            if (await LayoutAsync(cancellationToken).ConfigureAwait(false) is { } layout && layout.Version >= projection.Version)
            {
                await GiveUpAsync(epoch).ConfigureAwait(false);
                return true;
            }

            engine.Log.UpgradeBegun(projection.ShortName, projection.Version);
            await RebuildAsync(epoch, null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (CheckpointLostException)
        {
            return await LayoutAsync(cancellationToken).ConfigureAwait(false) is { } layout && layout.Version >= projection.Version;
        }
    }

    private ValueTask<SubscriptionLayout?> LayoutAsync(CancellationToken cancellationToken) => SubscriptionLayout.FindAsync(engine.Store, projection.Name, cancellationToken);

    private async Task RebuildAsync(long epoch, IProgress<RebuildProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            var copy = new RebuiltCopy(engine, View, await OpenAsync(epoch, cancellationToken).ConfigureAwait(false), _key, epoch);
            var head = await ReplayAsync(copy, progress, cancellationToken).ConfigureAwait(false);
            await copy.FlushAsync(cancellationToken).ConfigureAwait(false);
            await SwapAsync(copy, epoch, cancellationToken).ConfigureAwait(false);
            engine.Domain.Generations.Forget();
            var elapsed = Stopwatch.GetElapsedTime(_started);
            progress?.Report(new(projection.ShortName, _handled, _position, head, elapsed, IsDone: true));
            engine.Log.RebuildDone(projection.ShortName, _handled, _position, elapsed.TotalSeconds);
        }
        catch (CheckpointLostException lost)
        {
            throw new RebuildSupersededException(projection.ShortName, lost);
        }
        catch (Exception error)
        {
            engine.Log.RebuildFailed(error, projection.ShortName);
            if (await GiveUpAsync(epoch).ConfigureAwait(false))
                throw;
            throw new RebuildSupersededException(projection.ShortName, error);
        }
    }

    /// <summary>Takes the rebuild: by force from whoever is at it, so that the last one counts, or only if nobody is.</summary>
    /// <returns>The epoch under which this one may write.</returns>
    private async ValueTask<long> BeginAsync(bool isForced, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var found = await engine.Store.GetCheckpointAsync(_key, cancellationToken).ConfigureAwait(false);
            try
            {
                await engine.Store.CommitAsync(new() { Leases = [new(_key, found?.Epoch ?? 0, node, isForced)] }, cancellationToken).ConfigureAwait(false);
                var taken = await engine.Store.GetCheckpointAsync(_key, cancellationToken).ConfigureAwait(false);
                return taken!.Epoch;
            }
            catch (CheckpointLostException) when (isForced && tries < MostTries)
            {
                // Somebody else began one at this moment.
            }
        }
    }

    /// <summary>Begins a generation beside the live one, in place of any that a rebuild has left behind.</summary>
    private async ValueTask<long> OpenAsync(long epoch, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var known = await engine.Store.GetGenerationsAsync(View.Collection, cancellationToken).ConfigureAwait(false);
            // Numbers are used once; those of generations that are gone are not told.
            var generation = Math.Max(known.Building.Append(known.Live).Max() + tries, engine.Time.GetUtcNow().ToUnixTimeMilliseconds() + tries);
            try
            {
                await engine.Store.CommitAsync(
                    new()
                    {
                        Generations =
                        [
                            .. known.Building.Select(left => new GenerationChange(View.Collection, GenerationAction.Drop, left, known.Live)),
                            new(View.Collection, GenerationAction.Begin, generation, known.Live),
                        ],
                        Checkpoints = [new(_key, 0, 0, epoch)],
                    },
                    cancellationToken).ConfigureAwait(false);
                return generation;
            }
            catch (GenerationException) when (tries < MostTries)
            {
                // The number was used, or another rebuild has ended.
            }
        }
    }

    /// <returns>Where the log ended.</returns>
    private async ValueTask<long> ReplayAsync(RebuiltCopy copy, IProgress<RebuildProgress>? progress, CancellationToken cancellationToken)
    {
        var workspace = new RebuildWorkspace(engine.Domain, View, copy);
        var target = await engine.Store.GetHeadAsync(cancellationToken).ConfigureAwait(false);
        var rounds = 1;
        // A projection that was told to begin later begins there again; one that began with what was new has no such place.
        var start = projection.Start == StartFrom.Now ? 0 : await SubscriptionRows.StartOfAsync(engine, projection.Start, target, cancellationToken).ConfigureAwait(false);
        var next = ReadAsync(start, cancellationToken);
        while (true)
        {
            var page = await next.ConfigureAwait(false);
            // The subscription goes on from wherever this ends: being near the end is enough, and whoever appends all the time is not run after for ever.
            if (page.ScannedTo >= target && page.Head - page.ScannedTo > PageSize && rounds++ < MostRounds)
                target = page.Head;
            var isLast = page.ScannedTo >= target;
            if (!isLast)
                next = ReadAsync(page.ScannedTo, cancellationToken);
            foreach (var stored in page.Messages)
            {
                await HandleAsync(stored, workspace, cancellationToken).ConfigureAwait(false);
                if (copy.IsFull)
                    await copy.FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            _position = page.ScannedTo;
            Report(progress, page.Head);
            if (isLast)
                return page.Head;
        }
    }

    private Task<LogPage> ReadAsync(long after, CancellationToken cancellationToken) =>
        engine.Store.ReadLogAsync(projection.Read(after, PageSize, 0, 1), cancellationToken).AsTask();

    private async ValueTask HandleAsync(StoredMessage stored, RebuildWorkspace workspace, CancellationToken cancellationToken)
    {
        var calls = projection.CallsFor(stored);
        if (calls.Length == 0)
            return;
        var message = engine.Delivery.ToMessage(stored);
        foreach (var call in calls)
        {
            try
            {
                await InvokeAsync(call, message, workspace, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not (StoreUnavailableException or CheckpointLostException) && !cancellationToken.IsCancellationRequested)
            {
                throw new RebuildFailedException(projection.ShortName, call.Method, message, error);
            }
        }

        _handled++;
    }

    /// <summary>As live: what a fallback stood in for there, it stands in for here.</summary>
    private async ValueTask InvokeAsync(Call call, Message message, RebuildWorkspace workspace, CancellationToken cancellationToken)
    {
        if (call.Guard is { } guard)
            _ = await engine.Domain.Guards.RunAsync(guard, OnceAsync, cancellationToken).ConfigureAwait(false);
        else
            await call.InvokeAsync(message, null, workspace, cancellationToken).ConfigureAwait(false);

        async ValueTask<bool> OnceAsync(Exception? failed)
        {
            await call.InvokeAsync(message, failed, workspace, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private void Report(IProgress<RebuildProgress>? progress, long head)
    {
        if (Stopwatch.GetElapsedTime(_reportedAt) < ProgressInterval)
            return;
        _reportedAt = Stopwatch.GetTimestamp();
        var elapsed = Stopwatch.GetElapsedTime(_started);
        progress?.Report(new(projection.ShortName, _handled, _position, head, elapsed));
        engine.Log.RebuildGoesOn(projection.ShortName, _handled, _position, head);
    }

    private async ValueTask SwapAsync(RebuiltCopy copy, long epoch, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                // Taken first, so that it stands still: a busy one would have moved on by the time of the commit.
                await TakeAllAsync(cancellationToken).ConfigureAwait(false);
                await copy.CommitAsync(await SwapOfAsync(copy, epoch, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (CheckpointLostException lost) when (lost.Key != _key && tries < MostTries)
            {
                // The live copy changed hands: it is asked again where it stands.
            }
        }
    }

    private async ValueTask<Commit> SwapOfAsync(RebuiltCopy copy, long epoch, CancellationToken cancellationToken)
    {
        var live = (await engine.Store.GetGenerationsAsync(View.Collection, cancellationToken).ConfigureAwait(false)).Live;
        if (await LayoutAsync(cancellationToken).ConfigureAwait(false) is not { } layout)
            throw new InvalidOperationException($"{projection.ShortName} was given another name by another program, which keeps its documents now: let a node of that program rebuild it.");
        if (layout.Version > projection.Version)
            throw new InvalidOperationException($"{projection.ShortName} is of version {layout.Version} in the store, and of version {projection.Version} here: let a node with the newer version rebuild it.");
        List<LeaseChange> leases = [];
        List<CheckpointMove> moves = [new(_key, 0, 0, epoch, Remove: true)];
        foreach (var partition in layout.Partitions)
        {
            leases.Add(new(partition.Key, partition.Epoch, null));
            moves.Add(new(partition.Key, partition.Position, _position, partition.Epoch + 1));
        }

        moves.Add(new(layout.Whole, layout.WholePosition, layout.WholePosition + 1, layout.WholeEpoch, Data: SubscriptionLayout.ToData(layout.Count, layout.Cut, projection.Version)));
        return new()
        {
            Id = Guid.CreateVersion7(),
            Generations = [new(View.Collection, GenerationAction.Activate, copy.Generation, live)],
            Leases = leases,
            Checkpoints = moves,
            FailurePurges = [new(projection.Name)],
            // They are about the copy that goes: what they say is done is not in the new one.
            MarkPurges = [.. projection.Names.Select(name => new MarkPurge(name))],
        };
    }

    private async ValueTask TakeAllAsync(CancellationToken cancellationToken)
    {
        if (await LayoutAsync(cancellationToken).ConfigureAwait(false) is { } layout && layout.Version <= projection.Version)
        {
            await engine.Store.CommitAsync(
                new() { Leases = [.. layout.Partitions.Select(p => new LeaseChange(p.Key, p.Epoch, node, Force: true))] }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Whether the rebuild was still its own master.</returns>
    private async ValueTask<bool> GiveUpAsync(long epoch)
    {
        try
        {
            var known = await engine.Store.GetGenerationsAsync(View.Collection).ConfigureAwait(false);
            await engine.Store.CommitAsync(new()
            {
                Generations = [.. known.Building.Select(left => new GenerationChange(View.Collection, GenerationAction.Drop, left, known.Live))],
                Checkpoints = [new(_key, 0, 0, epoch, Remove: true)],
            }).ConfigureAwait(false);
        }
        catch (CheckpointLostException)
        {
            return false;
        }
        catch (ProteanException error)
        {
            // The next rebuild drops it.
            engine.Log.RebuildLeft(error, projection.ShortName);
        }

        return true;
    }
}
