using Protean.EventStore;
using Protean.EventStore.Conformance;
using Protean.EventStore.Worker;

// Writes to the store that the environment names when a line comes in, and says which messages it has written.
var settings = new PostgresStoreOptions { ConnectionString = Read("CONNECTION"), Schema = Read("SCHEMA") };
await using var store = new PostgresEventStore(settings);
await store.InitializeAsync(Sample.Definition);
Console.WriteLine("ready");
await Console.In.ReadLineAsync();

var kinds = Read("KINDS").Split(';').Select(static writer => (IReadOnlyList<WriteKind>)[.. writer.Split(',').Select(static kind => Enum.Parse<WriteKind>(kind))]);
foreach (var id in await Writers.RunAsync(store, Read("NAME"), [.. kinds]))
    Console.WriteLine(id);
Console.WriteLine("done");

static string Read(string name) => Environment.GetEnvironmentVariable($"PROTEAN_WORKER_{name}") ?? throw new InvalidOperationException($"PROTEAN_WORKER_{name} is not set.");
