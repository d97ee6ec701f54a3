using System.CommandLine;
using System.CommandLine.Parsing;
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

    private static readonly Option<bool> _verbose = new("--verbose") { Description = "Show what is logged, on standard error", Recursive = true };

    static CommandLine()
    {
        _data.Validators.Add(static result => Check(
            result.Tokens is not [var token] || !Directory.Exists(token.Value), "--data names a file, and there is a folder of that name.", result));
        _postgres.Validators.Add(static result => Check(
            result.Tokens is not [var token] || ShopStore.IsConnectionString(token.Value), "--postgres cannot be read: write it as 'Host=…;Database=…;Username=…;Password=…'.", result));
    }

    public static RootCommand Create()
    {
        var root = new RootCommand("A book shop on Protean.Net: orders, what they do to the stock, and what happens when something fails.") { _data, _postgres, _verbose };
        root.Validators.Add(static result => Check(result.GetResult(_data) is null || result.GetResult(_postgres) is null, "--data and --postgres exclude each other.", result));
        root.SetAction(static async (parsed, cancellationToken) =>
        {
            await using var store = StoreOf(parsed);
            return await StoryProgram.RunAsync(store, parsed.GetValue(_verbose), cancellationToken);
        });
        return root;
    }

    private static ShopStore StoreOf(ParseResult parsed) =>
        parsed.GetValue(_postgres) is { } connectionString ? ShopStore.Postgres(connectionString)
        : parsed.GetValue(_data) is { } file ? ShopStore.File(file.FullName)
        : ShopStore.TemporaryFile();

    private static void Check(bool holds, string otherwise, SymbolResult result)
    {
        if (!holds)
            result.AddError(otherwise);
    }
}
