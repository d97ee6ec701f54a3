using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Schema;

/// <summary>A database that sorts as people do: the store goes by code points all the same.</summary>
public sealed class CollationTests : EmptyDatabaseTests
{
    private static readonly string[] _texts = ["B", "a", "Z", "_", "á", "z", "ab", "a b", "\uFFFD", "\U0001F600", "A"];

    private static IEnumerable<string> Sorted => _texts.OrderBy(static text => text, Comparer<string>.Create(static (x, y) => Sample.Utf8(x).AsSpan().SequenceCompareTo(Sample.Utf8(y))));

    [Fact(Timeout = HangLimit)]
    public async Task QueryDocumentsAsync_LinguisticDatabase_OrdersByCodePoint()
    {
        await OnLinguisticAsync(async store =>
        {
            await store.CommitAsync(Commits.Write([.. _texts.Select(text => Sample.Document(text, $$"""{"name":"{{text}}"}""", collection: Sample.Views))]), Cancellation);

            var byName = await store.QueryDocumentsAsync(new() { Collection = Sample.Views, OrderBy = [new(["name"])] }, Cancellation);
            var byKey = await store.QueryDocumentsAsync(new() { Collection = Sample.Views }, Cancellation);

            byName.Select(static document => document.Key).ShouldBe(Sorted);
            byKey.Select(static document => document.Key).ShouldBe(Sorted);
        });
    }

    [Fact(Timeout = HangLimit)]
    public async Task QueryDocumentsAsync_LinguisticDatabase_ComparesByCodePoint()
    {
        await OnLinguisticAsync(async store =>
        {
            await store.CommitAsync(Commits.Write([.. _texts.Select(text => Sample.Document(text, $$"""{"name":"{{text}}"}""", collection: Sample.Views))]), Cancellation);

            var below = await store.QueryDocumentsAsync(new() { Collection = Sample.Views, Where = [new(["name"], DocumentComparison.Less, DocumentValue.Of("a"))] }, Cancellation);

            below.Select(static document => document.Key).ShouldBe(["A", "B", "Z", "_"]);
        });
    }

    [Fact(Timeout = HangLimit)]
    public async Task ListStreamsAsync_LinguisticDatabase_OrdersByCodePointAndPages()
    {
        await OnLinguisticAsync(async store =>
        {
            foreach (var text in _texts)
                await store.CommitAsync(Commits.Append(Sample.StreamOf(text), ExpectedVersion.NoStream, Sample.Message()), Cancellation);

            var found = new List<string>();
            string? after = null;
            while (await store.ListStreamsAsync(Sample.Category, after, 2, Cancellation) is { Count: > 0 } page)
            {
                found.AddRange(page.Select(static stream => stream.Stream.Value[(Sample.Category.Length + 1)..]));
                after = page[^1].Stream.Value;
            }

            found.ShouldBe(Sorted);
        });
    }

    [Fact(Timeout = HangLimit)]
    public async Task ListCheckpointsAsync_LinguisticDatabase_OrdersByCodePoint()
    {
        await OnLinguisticAsync(async store =>
        {
            foreach (var text in _texts)
                await store.CommitAsync(Commits.Move(new(text), 0, 1), Cancellation);

            (await store.ListCheckpointsAsync(cancellationToken: Cancellation)).Select(static checkpoint => checkpoint.Key.Name).ShouldBe(Sorted);
        });
    }

    private async Task OnLinguisticAsync(Func<PostgresEventStore, Task> act)
    {
        var name = $"{DatabaseName}_icu";
        await Sql.RunAsync($"create database {name} locale_provider icu icu_locale 'en-US' template template0");
        try
        {
            var store = await OpenAsync(options => options.ConnectionString = With(c => (c.Database, c.Pooling) = (name, false)));
            await act(store);
            await store.DisposeAsync();
        }
        finally
        {
            await Sql.RunAsync($"drop database {name} with (force)");
        }
    }
}
