using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using InventoryOrders.Serve;
using InventoryOrders.Story;

namespace InventoryOrders.Hosting;

/// <summary>What can be said on the command line. Without a command the program tells its story.</summary>
public static class CommandLine
{
    private static readonly Option<FileInfo?> _data = new("--data")
    {
        Description = "Keep the shop in this SQLite file, and go on with what is there; without it, a temporary file is used and removed",
        HelpName = "file",
        Recursive = true,
    };

    private static readonly Option<string?> _postgres = new("--postgres")
    {
        Description = "Keep the shop in a PostgreSQL database; several programs can share it",
        HelpName = "connection string",
        Recursive = true,
    };

    private static readonly Option<string?> _rabbitMq = new("--rabbitmq")
    {
        Description = "Take what suppliers are to know to RabbitMQ, under the topic inventory_orders.reorder_requested",
        HelpName = "address",
        Recursive = true,
    };

    private static readonly Option<bool> _verbose = new("--verbose") { Description = "Show what is logged, on standard error", Recursive = true };

    private static readonly Option<int> _port = new("--port")
    {
        Description = "The port to listen on; 0 takes a free one",
        DefaultValueFactory = static _ => ServerAddress.DefaultPort,
    };

    private static readonly Option<IPAddress> _address = new("--address")
    {
        Description = "The address to listen on. The shop asks nobody who they are: name another one than loopback only where nobody else can reach it",
        DefaultValueFactory = static _ => IPAddress.Loopback,
        CustomParser = static result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
                return address;
            result.AddError("--address is an IP address.");
            return IPAddress.Loopback;
        },
    };

    static CommandLine()
    {
        _data.Validators.Add(static result => Check(
            result.Tokens is not [var token] || !Directory.Exists(token.Value), "--data names a file, and there is a folder of that name.", result));
        _postgres.Validators.Add(static result => Check(
            result.Tokens is not [var token] || ShopStore.IsConnectionString(token.Value), "--postgres cannot be read: write it as 'Host=…;Database=…;Username=…;Password=…'.", result));
        // Not repeated: it may hold a password.
        _rabbitMq.Validators.Add(static result => Check(
            result.Tokens is not [var token] || ShopBroker.IsAddress(token.Value), "--rabbitmq cannot be read: write it as 'amqp://user:password@host:5672', or 'amqps://…'.", result));
    }

    public static RootCommand Create()
    {
        var root = new RootCommand("A book shop on Protean.Net: orders, what they do to the stock, and what happens when something fails.") { _data, _postgres, _rabbitMq, _verbose };
        root.Validators.Add(static result => Check(result.GetResult(_data) is null || result.GetResult(_postgres) is null, "--data and --postgres exclude each other.", result));
        root.SetAction(static async (parsed, cancellationToken) =>
        {
            await using var store = StoreOf(parsed);
            return await StoryProgram.RunAsync(store, BrokerOf(parsed), parsed.GetValue(_verbose), cancellationToken);
        });
        root.Subcommands.Add(CreateServe());
        return root;
    }

    private static Command CreateServe()
    {
        var serve = new Command("serve", "Serve the shop over HTTP: an API, and a page that shows it live.") { _port, _address };
        serve.Validators.Add(static result => Check(result.GetValue(_port) is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort, "--port is a number from 0 to 65535.", result));
        serve.SetAction(static async (parsed, cancellationToken) =>
        {
            await using var store = StoreOf(parsed);
            return await ServeProgram.RunAsync(store, BrokerOf(parsed), new(parsed.GetValue(_address)!, parsed.GetValue(_port)), parsed.GetValue(_verbose), cancellationToken);
        });
        return serve;
    }

    private static ShopStore StoreOf(ParseResult parsed) =>
        parsed.GetValue(_postgres) is { } connectionString ? ShopStore.Postgres(connectionString)
        : parsed.GetValue(_data) is { } file ? ShopStore.File(file.FullName)
        : ShopStore.TemporaryFile();

    private static ShopBroker BrokerOf(ParseResult parsed) => parsed.GetValue(_rabbitMq) is { } address ? ShopBroker.RabbitMq(address) : ShopBroker.InMemory();

    private static void Check(bool holds, string otherwise, SymbolResult result)
    {
        if (!holds)
            result.AddError(otherwise);
    }
}
