using Npgsql;
using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Rebuild : Row
{
    private const int MostMessages = 200_000;
    private const int MessagesPerDocument = 10;

    private FreshSchema? _schema;
    private int _messages;
    private string _documents = "";

    public override string Name => "rebuild";

    public override string Work => "a projection of 20,000 documents is rebuilt from 200,000 events and swapped in, PostgreSQL";

    public override string Floor => "the same SELECT as of catch-up, documents built in memory, and binary COPY of them into a table of the same shape";

    public override string Unit => "events a second";

    public override Goal Goal => Goal.AtLeast(0.3);

    public override async Task PrepareAsync(Stage stage)
    {
        _messages = stage.Messages ?? MostMessages;
        _schema = await FillAsync(stage, _messages);
        await using (var domain = OpenDomain(await stage.PostgresAsync(), _schema))
            await domain.StartAsync(stage.Cancellation);
        _documents = await DocumentsOfAsync(stage, _schema);
        await MeasureOursAsync(stage, _messages / MessagesPerDocument);
        await MeasureFloorAsync(stage);
    }

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        var copy = new DocumentCopy(postgres, _documents, $"{_schema!.Name}.copied");
        await copy.CreateAsync(stage.Cancellation);
        await postgres.CheckpointAsync(stage.Cancellation);
        var rate = await Pace.PassAsync(_messages, async () =>
        {
            await using var select = await LogSelect.OpenAsync(postgres, _schema.Name, LoadDomain.Types, stage.Cancellation);
            Dictionary<string, AccountBalance> balances = [];
            await select.ReadAsync(0, message =>
            {
                var deposited = (MoneyDeposited)message;
                balances[deposited.AccountId] = (balances.GetValueOrDefault(deposited.AccountId) ?? new(deposited.AccountId)).With(deposited);
            }, stage.Cancellation);
            await copy.CopyAsync(balances, stage.Cancellation);
        });
        await CheckAsync(postgres, copy.Table, _messages, stage.Cancellation);
        return rate;
    }

    public override Task<double> MeasureOursAsync(Stage stage) => MeasureOursAsync(stage, _messages);

    public override async Task CleanUpAsync()
    {
        if (_schema is not null)
            await _schema.DisposeAsync();
        _schema = null;
    }

    private static async Task<double> MeasureOursAsync(Stage stage, int messages)
    {
        var postgres = await stage.PostgresAsync();
        await using var schema = await FillAsync(stage, messages);
        await using var domain = OpenDomain(postgres, schema);
        await using var engine = new DomainEngine(domain);
        var rate = await Pace.PassAsync(messages, () => engine.RebuildAsync<AccountBalance>(cancellationToken: stage.Cancellation));
        await CheckAsync(postgres, await DocumentsOfAsync(stage, schema), messages, stage.Cancellation);
        return rate;
    }

    private static async Task<FreshSchema> FillAsync(Stage stage, int messages) =>
        await FilledLog.CreateAsync(await stage.PostgresAsync(), messages, messages / MessagesPerDocument, stage.Cancellation);

    private static Domain OpenDomain(Postgres postgres, FreshSchema schema) => LoadDomain.Open(new(postgres.ConnectionString, schema.Name), domain =>
        domain.Projection<AccountBalance>().From<Account>().On<MoneyDeposited>(deposited => deposited.AccountId, (balance, deposited) => balance.With(deposited)));

    private static async Task<string> DocumentsOfAsync(Stage stage, FreshSchema schema)
    {
        await using var connection = await (await stage.PostgresAsync()).OpenAsync(stage.Cancellation);
        await using var command = new NpgsqlCommand($"select table_name from {schema.Name}.collections where name like '%account_balance%'", connection);
        return $"{schema.Name}.{(string)(await command.ExecuteScalarAsync(stage.Cancellation))!}";
    }

    /// <summary>Both sides have to build the same.</summary>
    private static async Task CheckAsync(Postgres postgres, string table, int messages, CancellationToken cancellationToken)
    {
        await using var connection = await postgres.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"select count(*)::int, sum((body->>'balance')::numeric), sum((body->>'deposits')::int)::int from {table}", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var built = (Documents: reader.GetInt32(0), Total: reader.GetDecimal(1), Events: reader.GetInt32(2));
        if (built != (messages / MessagesPerDocument, FilledLog.Total(messages), messages))
            throw new InvalidOperationException($"{messages} events to {messages / MessagesPerDocument} documents were to be built, and {built} were.");
    }
}
