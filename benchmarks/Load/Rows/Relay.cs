using Npgsql;
using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;
using Protean.Engine;

namespace Protean.Benchmarks.Load.Rows;

internal sealed class Relay : Row
{
    private const int MostMessages = 100_000;
    private const int Accounts = 1_000;

    private FreshSchema? _schema;
    private ListeningQueue? _queue;
    private IReadOnlyList<Outgoing> _published = [];
    private int _messages;

    public override string Name => "relay";

    public override string Work => "a relay takes 100,000 recorded notifications from the beginning of the log to RabbitMQ, PostgreSQL";

    public override string Floor => "one kept channel of the driver with publisher confirms, the same messages to the same exchange, 1,000 at a time";

    public override string Unit => "notifications a second";

    public override Goal Goal => Goal.AtLeast(0.6);

    public override async Task PrepareAsync(Stage stage)
    {
        _messages = stage.Messages ?? MostMessages;
        _schema = await FilledLog.CreateAsync(await stage.PostgresAsync(), _messages, Accounts, MessageKind.Notification, stage.Cancellation);
        _queue = await ListeningQueue.CreateAsync(await stage.RabbitMqAsync(), stage.Cancellation);
        await RelayAsync(stage);
        // What the floor publishes is what has arrived, to the byte.
        _published = await _queue.TakeAsync(_messages, stage.Cancellation);
        await MeasureFloorAsync(stage);
    }

    public override async Task<double> MeasureFloorAsync(Stage stage)
    {
        var uri = await stage.RabbitMqAsync();
        var rate = await Pace.PassAsync(_messages, async () =>
        {
            await using var publisher = await ConfirmedPublisher.OpenAsync(uri, stage.Cancellation);
            await publisher.PublishAsync(_queue!.Exchange, _published, stage.Cancellation);
        });
        await CheckArrivedAsync(stage);
        return rate;
    }

    public override async Task<double> MeasureOursAsync(Stage stage)
    {
        var rate = await RelayAsync(stage);
        await CheckArrivedAsync(stage);
        return rate;
    }

    public override async Task CleanUpAsync()
    {
        if (_schema is not null)
            await _schema.DisposeAsync();
        if (_queue is not null)
            await _queue.DisposeAsync();
        (_queue, _schema, _published) = (null, null, []);
    }

    private async Task<double> RelayAsync(Stage stage)
    {
        var postgres = await stage.PostgresAsync();
        var uri = await stage.RabbitMqAsync();
        // What an earlier round has left of its progress is no start at the beginning.
        await postgres.ExecuteAsync($"truncate {_schema!.Name}.checkpoints, {_schema.Name}.nodes", stage.Cancellation);
        await using var domain = LoadDomain.Open(new(postgres.ConnectionString, _schema.Name), builder => LoadDomain.Notify(builder, uri, _queue!.Topic));
        await using var engine = new DomainEngine(domain);
        var rate = await Pace.PassAsync(_messages, async () =>
        {
            await engine.StartAsync(stage.Cancellation);
            await engine.WaitUntilCaughtUpAsync(_schema.Head, stage.Cancellation);
        });
        await engine.StopAsync(stage.Cancellation);
        await CheckProgressAsync(stage, postgres);
        return rate;
    }

    /// <summary>Every round has to bring everything, once.</summary>
    private async Task CheckArrivedAsync(Stage stage)
    {
        if (await _queue!.EmptyAsync(stage.Cancellation) is var arrived && arrived != _messages)
            throw new InvalidOperationException($"{_messages} notifications were to arrive, and {arrived} have.");
    }

    private async Task CheckProgressAsync(Stage stage, Postgres postgres)
    {
        await using var connection = await postgres.OpenAsync(stage.Cancellation);
        await using var command = new NpgsqlCommand($"select max(position) from {_schema!.Name}.checkpoints where name like '%notifications%' and present", connection);
        if (await command.ExecuteScalarAsync(stage.Cancellation) is var position && position is not long reached || reached != _schema.Head)
            throw new InvalidOperationException($"The relay was to end at {_schema.Head}, and its checkpoint is {position}.");
    }
}
