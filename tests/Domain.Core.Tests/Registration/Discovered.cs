namespace Protean.Tests.Registration.Discovered
{
    public sealed record BookLent(string BookId) : IDomainEvent;

    public readonly record struct BookReturned(string BookId) : IDomainEvent;

    public abstract record BookEvent(string BookId) : IDomainEvent;

    public sealed record BookTagged<T>(string BookId, T Tag) : IDomainEvent;

    public sealed record LendBook(string BookId) : ICommand;

    public sealed record IsLent(string BookId) : IQuery<bool>;

    public abstract class Item : Aggregate;

    public sealed class Book : Item
    {
        public bool Lent { get; private set; }

        public static Book Of(string id)
        {
            var book = new Book { Id = id };
            book.Raise(new BookReturned(id));
            return book;
        }

        public void Lend()
        {
            Lent = true;
            Raise(new BookLent(Id));
        }
    }

    [CommandHandler<Book>(StreamCategory = "lending")]
    public sealed class Lending : IHandle<LendBook>
    {
        public async Task HandleAsync(LendBook message, HandlerContext context) =>
            (await context.Repository<Book>().GetAsync(message.BookId)).Lend();
    }

    [QueryHandler]
    public sealed class Shelf : IHandle<IsLent, bool>
    {
        public async Task<bool> HandleAsync(IsLent request, HandlerContext context) =>
            (await context.Repository<Book>().GetAsync(request.BookId)).Lent;
    }

    [EventHandler<Book>]
    public sealed class Reminder : IHandle<BookLent>
    {
        public Task HandleAsync(BookLent message, HandlerContext context) => Task.CompletedTask;
    }

    [EventHandler<Book>(Name = "archive", StreamCategory = "shop::book", SourceStream = "lending")]
    public sealed class Archive : IHandleAny
    {
        public Task HandleAnyAsync(Message message, HandlerContext context) => Task.CompletedTask;
    }

    [EventHandler(StreamCategory = "$all")]
    public sealed class Watcher : IHandleAny
    {
        public Task HandleAnyAsync(Message message, HandlerContext context) => Task.CompletedTask;
    }

    /// <summary>Has no attribute, so nobody declares it.</summary>
    public sealed class Unmarked : IHandle<BookLent>
    {
        public Task HandleAsync(BookLent message, HandlerContext context) => Task.CompletedTask;
    }

    public static class Outer
    {
        public sealed record Nested(string Id) : IDomainEvent;
    }
}

namespace Protean.Tests.Registration.Discovered.Below
{
    public sealed record BookBound(string BookId) : IDomainEvent;
}

namespace Protean.Tests.Registration.DiscoveredBeside
{
    public sealed record BookBurnt(string BookId) : IDomainEvent;
}
