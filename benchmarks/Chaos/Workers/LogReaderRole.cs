using Protean.Benchmarks.Chaos.Histories;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>A process that follows the log from its beginning while others write, and says what it meets.</summary>
internal sealed class LogReaderRole(IEventStore store, Voice voice, Random random)
{
    private const int LargestPage = 500;
    private long _position;

    public static async Task<int> RunAsync(StoreAddress address, int seed)
    {
        var stop = Orders.Listen();
        await using var store = address.Open();
        await Patience.OpenAsync(store, stop);
        var voice = new Voice();
        await new LogReaderRole(store, voice, new(seed)).FollowAsync(stop);
        voice.Say(new() { Done = true });
        return ExitCodes.Done;
    }

    /// <summary>Follows until it is told to stop, and then to the end.</summary>
    private async Task FollowAsync(CancellationToken stop)
    {
        while (true)
        {
            var stopping = stop.IsCancellationRequested;
            try
            {
                var head = await ReadAsync();
                if (_position < head)
                    continue;
                if (stopping)
                    return;
                await store.WaitForAppendAsync(_position, stop);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Patience.Pause, CancellationToken.None);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Everything is written: once more to the end.
            }
        }
    }

    private async Task<long> ReadAsync()
    {
        var page = await store.ReadLogAsync(new() { After = _position, MaxCount = random.Next(1, LargestPage) }, CancellationToken.None);
        if (page.Messages.Count > 0)
            voice.Say(new() { Met = [.. page.Messages.Select(static message => new Met(message.GlobalPosition, message.Id))] });
        _position = page.ScannedTo;
        return page.Head;
    }
}
