using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Protean.Brokers.TestServer;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>A private server leaves nothing behind, and a machine without one is told what to do.</summary>
public sealed class ServerOwnerTests : RabbitMqTest
{
    [Fact(Timeout = 2 * Patience)]
    public async Task Owner_Killed_TakesServerPortMapperAndDirectoryAlong()
    {
        using var owner = StartOwner();
        var directory = (await owner.StandardOutput.ReadLineAsync(Cancellation)).ShouldNotBeNull();
        int[] processes = [.. (await owner.StandardOutput.ReadLineAsync(Cancellation)).ShouldNotBeNull().Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        processes.Length.ShouldBe(2);
        processes.ShouldAllBe(id => Runs(id));

        owner.Kill();
        await owner.WaitForExitAsync(Cancellation);

        await UntilAsync(() => Task.FromResult(!Directory.Exists(directory) && !processes.Any(Runs)));
    }

    [Fact]
    public void Find_NothingInstalled_SaysWhatToInstall()
    {
        var message = Should.Throw<RabbitMqMissingException>(() => ServerPrograms.Find(["/nowhere/sbin"], ["/nowhere/bin"])).Message;

        message.ShouldContain("apt-get install rabbitmq-server");
        message.ShouldContain(TestRabbitMq.Variable);
        message.ShouldContain("/nowhere/sbin");
    }

    [Fact]
    public async Task Uri_VariableSet_IsTheNamedServer()
    {
        await using var named = new TestRabbitMq(name => name == TestRabbitMq.Variable ? "amqp://there" : null);

        (await named.UriAsync(Cancellation)).ShouldBe("amqp://there");
    }

    private static bool Runs(int processId)
    {
        try
        {
            // Where nobody reaps orphans a dead process keeps its id, but it has no command line any more.
            if (Directory.Exists("/proc/self"))
                return File.ReadAllText($"/proc/{processId}/cmdline").Length > 0;
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return false;
        }
    }

    private static Process StartOwner()
    {
        // The one this process runs on, wherever that is installed.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        return Process.Start(new ProcessStartInfo(dotnet, ["exec", typeof(Program).Assembly.Location, Program.Owner]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }
}
