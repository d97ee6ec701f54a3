using System.Net;
using InventoryOrders.Page.Tests.Serving;
using Shouldly;
using Xunit;

namespace InventoryOrders.Page.Tests.Api;

/// <summary>The program as an operator meets it.</summary>
public sealed class ProcessTests : IDisposable
{
    private const int HangLimit = 60_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inventory-orders-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(Timeout = HangLimit)]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Server_ToldToStopWithAnOpenStream_EndsWell(string signal)
    {
        await using var server = await ServerProcess.StartAsync([], ("TMPDIR", _folder.FullName));
        await using var events = await EventReader.OpenAsync(server.Client);
        await events.UntilAsync("store", _ => true);

        await server.SignalAsync(signal);
        await events.EndAsync();
        var (exitCode, output) = await server.EndAsync();

        exitCode.ShouldBe(0, output + server.Errors);
        output.TrimEnd().ShouldEndWith("Stopped.");
        server.Errors.ShouldBeEmpty();
        _folder.EnumerateDirectories("inventory-orders-*").ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Server_OnTheSameFile_GoesOnWhereItWas()
    {
        var file = Path.Combine(_folder.FullName, "shop.db");
        await using (var yesterday = await ServerProcess.StartAsync(["--data", file]))
        {
            await yesterday.Client.PutAsync("/api/stock/dune", new StringContent("""{"quantity":100}""", null, "application/json"), TestContext.Current.CancellationToken);
            await yesterday.SignalAsync("TERM");
            (await yesterday.EndAsync()).ExitCode.ShouldBe(0);
        }

        await using var today = await ServerProcess.StartAsync(["--data", file]);

        await Wait.UntilAsync(async () =>
            (await today.Client.GetAsync("/api/stock/dune", TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.OK ? today : null);
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("--port is a number", "--port", "70000")]
    [InlineData("--address is an IP address", "--address", "everywhere")]
    public async Task Options_ThatMakeNoSense_AreRefused(string why, params string[] arguments)
    {
        await using var server = ServerProcess.Launch(["serve", .. arguments]);

        (await server.EndAsync()).ExitCode.ShouldBe(1);

        server.Errors.ShouldContain(why);
    }

    [Fact(Timeout = HangLimit)]
    public async Task Server_OnAPortThatIsTaken_SaysSo()
    {
        await using var first = await ServedShop.OpenAsync();

        await using var second = ServerProcess.Launch(["serve", "--port", $"{first.Address.Port}"]);

        (await second.EndAsync()).ExitCode.ShouldBe(1);
        second.Errors.ShouldContain("The shop cannot be served");
    }
}
