using InventoryOrders.Tests.Hosting;
using Shouldly;
using Xunit;

namespace InventoryOrders.Tests.Story;

public sealed class PostgresStoryTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    [Fact(Timeout = 120_000)]
    public async Task Story_ToldByTwoProgramsAtOnce_EndsWellTwice()
    {
        var stories = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => StoryProcess.RunAsync(["--postgres", database.ConnectionString])));

        foreach (var story in stories)
            (story.ExitCode, story.LastLine).ShouldBe((0, "All checks passed."), story.Output + story.Errors);
    }
}
