using InventoryOrders.Stock;
using Microsoft.AspNetCore.Http.HttpResults;
using Protean;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>How many copies.</summary>
public sealed record Copies(int Quantity);

/// <summary>What somebody has counted on the shelf.</summary>
public sealed record Counted(int Quantity, int ReorderBelow = 0);

/// <summary>Who sends more copies.</summary>
public sealed record SuppliedBy(string Supplier);

/// <summary>The stock over HTTP.</summary>
internal static class StockEndpoints
{
    private const int MostBooks = 500;

    public static void MapStock(this IEndpointRouteBuilder api)
    {
        var stock = api.MapGroup("/stock").WithTags("Stock");
        stock.MapGet("/", ListAsync).IsView("ListStock", $"Lists the stock by book, {MostBooks} books at most");
        stock.MapGet("/{bookId}", GetAsync).IsView("GetStock", "Shows the stock of one book").ProducesProblem(StatusCodes.Status404NotFound);
        stock.MapPut("/{bookId}", (string bookId, Counted counted, [AsParameters] CommandSender sender) =>
            DoneAsync(sender, new CountStock(bookId, counted.Quantity, counted.ReorderBelow))).IsCommand("CountStock", "Says how many copies are on the shelf; the first count makes a book known");
        stock.MapPost("/{bookId}/restock", (string bookId, Copies copies, [AsParameters] CommandSender sender) =>
            DoneAsync(sender, new Restock(bookId, copies.Quantity))).IsCommand("Restock", "Takes in a delivery");
        stock.MapPost("/{bookId}/withdraw", (string bookId, Copies copies, [AsParameters] CommandSender sender) =>
            DoneAsync(sender, new WithdrawStock(bookId, copies.Quantity))).IsCommand("WithdrawStock", "Takes out copies that nobody ordered");
        stock.MapPut("/{bookId}/supplier", (string bookId, SuppliedBy supplied, [AsParameters] CommandSender sender) =>
            DoneAsync(sender, new NameSupplier(bookId, supplied.Supplier))).IsCommand("NameSupplier", "Says who supplies a book");
    }

    private static async Task<Ok<IReadOnlyList<StockLevel>>> ListAsync(IView<StockLevel> stock, CancellationToken cancellationToken) =>
        TypedResults.Ok(await stock.QueryAsync(shape: all => all.OrderBy(level => level.BookId).Take(MostBooks), cancellationToken: cancellationToken));

    private static async Task<Results<Ok<StockLevel>, ProblemHttpResult>> GetAsync(string bookId, IView<StockLevel> stock, CancellationToken cancellationToken) =>
        await stock.GetAsync(bookId, cancellationToken) is { } level ? TypedResults.Ok(level) : Missing.Of("book", bookId);

    private static async Task<NoContent> DoneAsync(CommandSender sender, ICommand command)
    {
        await sender.SendAsync(command);
        return TypedResults.NoContent();
    }
}
