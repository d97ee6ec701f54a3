namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>Listens to the process that has started this one: it says when to stop, and this one ends with it.</summary>
internal static class Orders
{
    public const string Stop = "stop";

    /// <param name="other">Hears every other order.</param>
    /// <returns>Cancelled when it is time to stop.</returns>
    public static CancellationToken Listen(Action<string>? other = null)
    {
        var stop = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            while (Console.In.ReadLine() is { } line)
            {
                if (line == Stop)
                    stop.Cancel();
                else
                    other?.Invoke(line);
            }

            // The other end of the pipe is gone, and with it whoever would want to know.
            Environment.Exit(ExitCodes.Interrupted);
        })
        { IsBackground = true };
        thread.Start();
        return stop.Token;
    }
}
