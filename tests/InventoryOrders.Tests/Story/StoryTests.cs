using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Story;

/// <summary>The story as whoever runs it sees it, with its output redirected.</summary>
public sealed class StoryTests : IDisposable
{
    private const int HangLimit = 120_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inventory-orders-tests-");

    private string File => Path.Combine(_folder.FullName, "shop.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact(Timeout = HangLimit)]
    public async Task Story_ToldWithoutAFile_EndsWellInPlainLinesAndLeavesNothing()
    {
        var story = await StoryProcess.RunAsync([], _folder.FullName);

        story.ShouldSatisfyAllConditions(
            () => story.ExitCode.ShouldBe(0, story.Output + story.Errors),
            () => story.LastLine.ShouldBe("All checks passed."),
            () => story.Output.ShouldContain("ok: 90 copies of Dune are in stock"),
            () => story.Output.ShouldContain("ok: Rebuilt and live projection are equal"),
            () => story.Output.ShouldNotContain("\u001b"),
            () => story.Errors.ShouldBeEmpty(),
            () => Directory.EnumerateDirectories(_folder.FullName, "inventory-orders-*").ShouldBeEmpty());
    }

    [Fact(Timeout = HangLimit)]
    public async Task Readme_OfTheRepository_ShowsLinesOfTheStoryInTheirOrder()
    {
        var readme = await System.IO.File.ReadAllLinesAsync(StoryProcess.InRepository("README.md"), TestContext.Current.CancellationToken);
        var shown = readme.SkipWhile(line => line != "<!-- story: samples/InventoryOrders -->").Skip(2).TakeWhile(line => line != "```").Where(line => line.Length > 0).ToArray();
        var told = new Queue<string>((await StoryProcess.RunAsync([], _folder.FullName)).Output.ReplaceLineEndings("\n").Split('\n'));

        shown.Length.ShouldBeGreaterThan(10);
        foreach (var line in shown)
        {
            while (told.TryPeek(out var next) && next != line)
                told.Dequeue();
            told.ShouldNotBeEmpty($"The story does not tell '{line}', or not there");
        }
    }

    [Fact(Timeout = HangLimit)]
    public async Task Story_ToldAgainOnTheSameFile_EndsWell_AndFindsOutThatItWasTamperedWith()
    {
        (await StoryProcess.RunAsync(["--data", File])).LastLine.ShouldBe("All checks passed.");
        var again = await StoryProcess.RunAsync(["--data", File]);
        await SellOneCopyBehindTheEventsAsync();
        var tampered = await StoryProcess.RunAsync(["--data", File]);

        (again.ExitCode, again.LastLine).ShouldBe((0, "All checks passed."));
        tampered.ExitCode.ShouldBe(1, tampered.Output);
        tampered.LastLine.ShouldStartWith("Check failed: Rebuilt and live projection are equal: rebuilt StockLevel { BookId = dune-");
    }

    [Fact(Timeout = HangLimit)]
    public async Task Story_Interrupted_StopsAndLeavesNothing()
    {
        await using var story = StoryProcess.Start([], _folder.FullName);
        (await story.NextLineAsync()).ShouldNotBeNull();
        await story.InterruptAsync();
        var end = await story.EndAsync();

        end.ExitCode.ShouldBe(130, end.Output + end.Errors);
        end.LastLine.ShouldBe("Interrupted.");
        Directory.EnumerateDirectories(_folder.FullName, "inventory-orders-*").ShouldBeEmpty();
    }

    [Fact(Timeout = HangLimit)]
    public async Task Story_OnAStoreThatCannotBeOpened_SaysWhy()
    {
        var story = await StoryProcess.RunAsync(["--data", Path.Combine(_folder.FullName, "missing", "shop.db")]);

        story.ExitCode.ShouldBe(1);
        story.LastLine.ShouldStartWith("The story broke off: ");
        story.LastLine.ShouldContain("shop.db");
    }

    [Theory(Timeout = HangLimit)]
    [InlineData("--data and --postgres exclude each other.", "--data", "shop.db", "--postgres", "Host=localhost")]
    [InlineData("--postgres cannot be read", "--postgres", "what")]
    public async Task Options_ThatMakeNoSense_AreRefused(string why, params string[] arguments)
    {
        var story = await StoryProcess.RunAsync(arguments);

        story.ExitCode.ShouldBe(1);
        story.Errors.ShouldContain(why);
    }

    /// <summary>Changes what the projection shows, and no event with it.</summary>
    private async Task SellOneCopyBehindTheEventsAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT table_name FROM protean_collections WHERE name = 'inventory_orders::stock_level:view'";
        var table = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        command.CommandText = $"UPDATE \"{table}\" SET body = CAST(replace(CAST(body AS TEXT), ':99,', ':98,') AS BLOB) WHERE key LIKE 'dune-%'";
        (await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)).ShouldBeGreaterThan(0);
    }
}
