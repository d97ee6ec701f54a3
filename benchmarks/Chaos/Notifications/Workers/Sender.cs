using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Workers;

namespace Protean.Benchmarks.Chaos.Notifications.Workers;

/// <summary>Lets desks send parcels, until each has sent its share. What of it is there in the end stands in the log, so that nobody notes what came back.</summary>
internal sealed class Sender(Domain domain, Pace pace, Allowance allowance, Random random)
{
    private const int MostAtOnce = 3;
    private static readonly TimeSpan _longestPause = TimeSpan.FromMilliseconds(6);

    private readonly long[] _known = new long[ShopDomain.Desks];

    /// <param name="quiet">Says that no more will be allowed.</param>
    /// <param name="end">Ends it wherever it stands.</param>
    public async Task RunAsync(CancellationToken quiet, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            // Asked for first: whoever is told that this was all was told before how much that is.
            var isAll = quiet.IsCancellationRequested;
            var allowed = allowance.Parcels;
            int[] open = [.. Enumerable.Range(0, ShopDomain.Desks).Where(desk => _known[desk] < ShopDomain.ShareOf(desk, allowed))];
            if (open.Length == 0 && isAll)
                return;
            if (open.Length == 0)
                await Task.Delay(Patience.Pause, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            else
                await SendAsync(open[random.Next(open.Length)], allowed, isAll, end);
        }
    }

    private async Task SendAsync(int number, long allowed, bool isAll, CancellationToken end)
    {
        try
        {
            if (!isAll)
                await pace.KeepAsync(end);
            var desks = domain.Repository<Desk>();
            var id = ShopDomain.DeskOf(number);
            var desk = await desks.GetAsync(id, end);
            _known[number] = desk.Sent;
            var count = Math.Min(random.Next(1, MostAtOnce + 1), ShopDomain.ShareOf(number, allowed) - desk.Sent);
            if (count <= 0)
                return;
            for (var n = 0; n < count; n++)
                desk.Send();
            await desks.SaveAsync(desk, end);
            await Task.Delay(_longestPause * random.NextDouble(), end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception error) when (error is StoreUnavailableException or CommitOutcomeUnknownException or ConcurrencyException)
        {
            // Taken or not: the log says it.
            await Task.Delay(Patience.Pause, CancellationToken.None);
        }
    }
}
