using Protean.EventStore.Conformance;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Tests.Processes;

/// <summary>What another process does with a file.</summary>
internal static class OtherRoles
{
    public const string AppendSome = "append-some";
    public const string AppendForEver = "append-for-ever";
    public const int Some = 25;

    public static async Task<int> PlayAsync(string role, string path, string name)
    {
        await using var store = new SqliteEventStore(path);
        await store.InitializeAsync(Sample.Definition);
        for (var i = 0; role == AppendForEver || i < Some; i++)
        {
            var result = await store.CommitAsync(new()
            {
                Appends = [new(Sample.StreamOf(name), ExpectedVersion.Any, [NewMessage.Create(Guid.CreateVersion7(), "Shop.OrderPlaced.v1", MessageKind.Event, Sample.Time, Sample.Utf8("{}"), new() { CorrelationId = name })])],
                Documents = [Sample.Document($"{name}/{i}", $$"""{"email":"{{name}}/{{i}}"}""")],
            });
            await Console.Out.WriteLineAsync($"{result.Head}");
        }

        return 0;
    }
}
