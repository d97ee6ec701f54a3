using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

public sealed class CrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Owner_Killed_TakesServerAndDirectoryAlong()
    {
        using var owner = StartOwner();
        var directory = (await owner.StandardOutput.ReadLineAsync(Token)).ShouldNotBeNull();
        var processId = int.Parse((await owner.StandardOutput.ReadLineAsync(Token)).ShouldNotBeNull(), CultureInfo.InvariantCulture);
        RunningServer.IsLeft(directory, processId).ShouldBeTrue();

        owner.Kill();
        await owner.WaitForExitAsync(Token);

        (await RunningServer.GoesAsync(directory, processId)).ShouldBeTrue($"{directory} or process {processId} is still there");
    }

    [Fact]
    public async Task StartAsync_OwnerOfADirectoryIsGone_RemovesIt()
    {
        var left = await ServerDirectory.CreateAsync(await ServerUser.FindAsync(Token), ServerDirectory.Postgres, Token);
        left.Dispose();

        await using var server = await PostgresServer.StartAsync(options: null, Token);

        Directory.Exists(left.Root).ShouldBeFalse();
    }

    [Fact]
    public async Task StartAsync_OwnerOfADirectoryLives_LeavesItAlone()
    {
        await using var other = await PostgresServer.StartAsync(options: null, Token);

        await using var server = await PostgresServer.StartAsync(options: null, Token);

        (await Sql.RunAsync(other.ConnectionString(), "select 1")).ShouldBe(1);
    }

    private static Process StartOwner()
    {
        // The one this process runs on, wherever that is installed.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        var program = Path.Combine(AppContext.BaseDirectory, "Protean.EventStore.TestServer.Owner.dll");
        return Process.Start(new ProcessStartInfo(dotnet, ["exec", program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }
}
