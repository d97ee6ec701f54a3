using Microsoft.Extensions.DependencyInjection;
using Protean.Tests.Bus;

namespace Protean.Tests.Docs;

public static class EventBusExample
{
    public static void AddBlog(IServiceCollection services, Action<string> log) =>
        services.AddDomain("blog", domain => domain
            .UseInMemory()
            .Bus(bus => bus
                .Subscribe<ArticleCreated>(e => log($"article {e.ArticleId} is here"))
                .Subscribe<ArticleEvent>(async (e, ct) => await MailAsync(e, ct), new()
                {
                    Name = "mailer",
                    Background = true,
                    TimeLimit = TimeSpan.FromSeconds(30),
                })
                .Use<SearchIndexer>(new() { MaxConcurrency = 4 })
                .Record<UserLoggedIn>("session", e => e.UserId)
                .DrainWithin(TimeSpan.FromSeconds(20))));

    private static Task MailAsync(ArticleEvent e, CancellationToken ct) => Task.CompletedTask;
}

public sealed class SearchIndexer(ISearchIndex index) : ISubscribe<ArticleCreated>, ISubscribe<ArticleCommentAdded>
{
    public ValueTask OnAsync(ArticleCreated @event, CancellationToken cancellationToken) => index.AddAsync(@event.ArticleId, cancellationToken);

    public ValueTask OnAsync(ArticleCommentAdded @event, CancellationToken cancellationToken) => index.AddAsync(@event.ArticleId, cancellationToken);
}

public sealed class Editor(IEventBus bus)
{
    public ValueTask PublishAsync(int article, int author, CancellationToken ct) => bus.PublishAsync(new ArticleCreated(article, author), ct);

    public IDisposable Watch(Action<ArticleEvent> watch) => bus.Subscribe(watch);
}

public interface ISearchIndex
{
    ValueTask AddAsync(int article, CancellationToken cancellationToken);
}
