using System.Globalization;

namespace Protean.Benchmarks.Load.Nodes;

/// <summary>What all roles have in common.</summary>
internal static class NodeRole
{
    /// <summary>Says a number to whoever has started this process.</summary>
    public static async Task SayAsync(long number)
    {
        await Console.Out.WriteLineAsync(number.ToString(CultureInfo.InvariantCulture));
        await Console.Out.FlushAsync();
    }

    /// <summary>Is cancelled when whoever has started this process lets it finish, or has ended.</summary>
    public static CancellationToken Listen()
    {
        var stop = new CancellationTokenSource();
        _ = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync() is not null)
            {
            }

            await stop.CancelAsync();
        });
        return stop.Token;
    }
}
