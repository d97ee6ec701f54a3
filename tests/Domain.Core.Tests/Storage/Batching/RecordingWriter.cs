using System.Threading.Channels;
using Protean.Storage.Batching;

namespace Protean.Tests.Storage.Batching;

/// <summary>A writer whose batches end when the test says so, or at once.</summary>
internal sealed class RecordingWriter : IBatchWriter
{
    private readonly Channel<Batch> _batches = Channel.CreateUnbounded<Batch>();
    private readonly bool _isHeld;

    public RecordingWriter(bool isHeld = false) => _isHeld = isHeld;

    public int Disposed { get; private set; }

    public int Written { get; private set; }

    public async ValueTask WriteAsync(IReadOnlyList<PendingCommit> members)
    {
        var batch = new Batch(members);
        _batches.Writer.TryWrite(batch);
        if (!_isHeld)
            batch.Complete();
        await batch.Completion;
        Written++;
    }

    /// <summary>The next batch that has come to the writer.</summary>
    public async Task<Batch> NextAsync() => await _batches.Reader.ReadAsync(Xunit.TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        Disposed++;
        return ValueTask.CompletedTask;
    }
}

/// <summary>A batch that has come to a writer.</summary>
internal sealed class Batch(IReadOnlyList<PendingCommit> members)
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Completion => _completion.Task;

    /// <summary>The ids of its streams, in order.</summary>
    public string[] Streams => [.. members.Select(m => m.Commit.Appends[0].Stream.Id.ToString())];

    public void Complete()
    {
        foreach (var member in members)
            member.TrySucceed(new(0, 1, 1, [0]));
        _completion.TrySetResult();
    }

    public void Fail(Exception error) => _completion.TrySetException(error);
}
