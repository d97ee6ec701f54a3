using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Protean.Tests.Docs;

/// <summary>The guide to the event bus shows code that compiles, and knows every option and every line of the log.</summary>
public sealed class EventBusGuideTests
{
    private static readonly string Guide = GuideListings.Read("docs/guides/event-bus.md");

    [Fact]
    public void Guide_EachListing_IsPartOfCodeThatCompiles() => GuideListings.Check("docs/guides/event-bus.md");

    [Fact]
    public void Guide_TheOptions_AreAllThere() =>
        typeof(SubscriptionOptions).GetProperties().ShouldAllBe(p => Guide.Contains($"\n| `{p.Name}` |"));

    [Fact]
    public void Guide_TheLogEvents_AreAllThere()
    {
        var events = typeof(DomainLog).GetMethods(BindingFlags.Instance | BindingFlags.Public)
            .SelectMany(m => m.GetCustomAttributes<LoggerMessageAttribute>())
            .Where(e => e.EventId is >= 1100 and < 1120);

        events.ShouldAllBe(e => Guide.Contains($"\n| {e.EventId} | {e.Level} |"));
    }

    [Fact]
    public async Task Guide_ItsBlog_Works()
    {
        List<string> log = [];
        var services = new ServiceCollection();
        var index = new Index();
        services.AddSingleton<ISearchIndex>(index);
        EventBusExample.AddBlog(services, log.Add);
        services.AddSingleton<Editor>();
        await using var provider = services.BuildServiceProvider();
        var editor = provider.GetRequiredService<Editor>();
        using var watching = editor.Watch(e => log.Add($"watched {e.ArticleId}"));

        await editor.PublishAsync(1, 2, TestContext.Current.CancellationToken);

        log.ShouldBe(["article 1 is here", "watched 1"]);
        index.Added.ShouldBe([1]);
    }

    private sealed class Index : ISearchIndex
    {
        public List<int> Added { get; } = [];

        public ValueTask AddAsync(int article, CancellationToken cancellationToken)
        {
            Added.Add(article);
            return ValueTask.CompletedTask;
        }
    }
}
