using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Npgsql;
using Protean.Benchmarks.Chaos.Deliveries.Running;
using Protean.Benchmarks.Chaos.Notifications.Running;
using Protean.Benchmarks.Chaos.Running;

namespace Protean.Benchmarks.Chaos;

/// <summary>The command line.</summary>
internal static class ChaosCommand
{
    public const string Store = "store";
    public const string Engine = "engine";
    public const string Broker = "broker";

    private const int MostKills = 10_000;
    private const int UsualKillsOfBroker = 20;
    private const int MostNotifications = 1_000_000;
    private const int UsualNotifications = 20_000;
    private const int MostNodes = 3;
    private const int MostNodesOnSqlite = 2;

    private static readonly Option<int> _kills = new("--kills") { Description = "How many workers are killed", Required = true, HelpName = "N" };
    private static readonly Option<int> _nodes = new("--nodes") { Description = "How many nodes run at once: 1 to 3, on SQLite 1 or 2", HelpName = "M", DefaultValueFactory = static _ => MostNodesOnSqlite };
    private static readonly Option<int> _brokerKills = new("--kills") { Description = "How many workers are killed", HelpName = "N", DefaultValueFactory = static _ => UsualKillsOfBroker };
    private static readonly Option<int> _notifications = new("--notifications") { Description = "How many notifications are sent", HelpName = "N", DefaultValueFactory = static _ => UsualNotifications };
    private static readonly Option<string?> _rabbitMq = new("--rabbitmq") { Description = "The URI of a RabbitMQ server to run on, with names of its own that are removed; without it, a private server is started, restarted now and then, and removed", HelpName = "amqp://…" };
    private static readonly Option<string?> _postgres = new("--postgres") { Description = "The connection string of a server to run on, in a schema that is made and dropped; without it, a private server is started, crashed now and then, and removed", HelpName = "connection string" };
    private static readonly Option<bool> _sqlite = new("--sqlite") { Description = "Run on SQLite files that workers share" };
    private static readonly Option<int?> _seed = new("--seed") { Description = "What the choices of the run are drawn from; without it, another one each time", HelpName = "S" };

    public static RootCommand Create()
    {
        var store = new Command(Store, "Kills processes that commit to a store") { _kills, _postgres, _sqlite, _seed };
        var engine = new Command(Engine, "Kills processes whose engines deliver what is in a store") { _kills, _nodes, _postgres, _sqlite, _seed };
        var broker = new Command(Broker, "Kills processes that send and receive notifications through a broker") { _notifications, _brokerKills, _rabbitMq, _postgres, _sqlite, _seed };
        foreach (var option in new[] { _kills, _brokerKills })
            option.Validators.Add(static result => Check(result.Tokens is not [var kills] || IsNumber(kills.Value, MostKills), $"--kills is a number from 1 to {MostKills}, not '{string.Join(' ', result.Tokens)}'.", result));
        _notifications.Validators.Add(static result => Check(result.Tokens is not [var count] || IsNumber(count.Value, MostNotifications), $"--notifications is a number from 1 to {MostNotifications}, not '{string.Join(' ', result.Tokens)}'.", result));
        _rabbitMq.Validators.Add(static result => Check(Uri.TryCreate(result.GetValueOrDefault<string?>(), UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps", "--rabbitmq cannot be read: write it as 'amqp://user:password@host'.", result));
        _nodes.Validators.Add(static result => Check(result.Tokens is not [var nodes] || IsNumber(nodes.Value, MostNodes), $"--nodes is a number from 1 to {MostNodes}, not '{string.Join(' ', result.Tokens)}'.", result));
        _seed.Validators.Add(static result => Check(result.Tokens is not [var seed] || int.TryParse(seed.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _), $"--seed is a whole number, not '{string.Join(' ', result.Tokens)}'.", result));
        _postgres.Validators.Add(static result => Check(IsConnectionString(result.GetValueOrDefault<string?>()), "--postgres cannot be read: write it as 'Host=…;Database=…;Username=…;Password=…'.", result));
        foreach (var command in new[] { store, engine, broker })
            command.Validators.Add(static result => Check(result.GetResult(_postgres) is null || result.GetResult(_sqlite) is null, "--postgres and --sqlite exclude each other.", result));
        engine.Validators.Add(static result => Check(!result.GetValue(_sqlite) || result.GetValue(_nodes) <= MostNodesOnSqlite, $"On SQLite --nodes is 1 or {MostNodesOnSqlite}.", result));
        store.SetAction(static (parsed, cancellationToken) => ChaosRun.RunAsync(
            new(parsed.GetValue(_kills), StoreOf(parsed), SeedOf(parsed)),
            cancellationToken));
        engine.SetAction(static (parsed, cancellationToken) => EngineRun.RunAsync(
            new(parsed.GetValue(_kills), parsed.GetValue(_nodes), StoreOf(parsed), SeedOf(parsed)),
            cancellationToken));
        broker.SetAction(static (parsed, cancellationToken) => BrokerRun.RunAsync(
            new(parsed.GetValue(_notifications), parsed.GetValue(_brokerKills), StoreOf(parsed), parsed.GetValue(_rabbitMq), SeedOf(parsed)),
            cancellationToken));
        return new RootCommand("Kills processes with SIGKILL while they work, and checks afterwards that nothing was lost, doubled or torn; prints a table, and one line of JSON at its end.") { store, engine, broker };
    }

    private static StoreChoice StoreOf(ParseResult parsed) => new(parsed.GetValue(_postgres), parsed.GetValue(_sqlite));

    private static int SeedOf(ParseResult parsed) => parsed.GetValue(_seed) ?? Random.Shared.Next(1_000_000);

    private static bool IsNumber(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most;

    private static bool IsConnectionString(string? text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception error) when (error is ArgumentException or FormatException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static void Check(bool isValid, string problem, SymbolResult result)
    {
        if (!isValid)
            result.AddError(problem);
    }
}
