using Protean.Brokers.TestServer;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>The tests, or the owner of a server that one of them kills.</summary>
internal static class Program
{
    public const string Owner = "own-a-server";

    public static async Task<int> Main(string[] args)
    {
        if (args is not [Owner])
            return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
        await using var server = await RabbitMqServer.StartAsync();
        Console.WriteLine(server.RootDirectory);
        Console.WriteLine(string.Join(' ', server.ProcessIds));
        // Until it is killed, or the end of its input says that nobody is there any more to kill it.
        await Console.In.ReadToEndAsync();
        return 0;
    }
}
