using Protean;

namespace InventoryOrders.Stock;

/// <summary>Orders from the supplier what was sold. Where it cannot, it raises an alert.</summary>
public sealed class ReorderSoldStock : IHandle<StockWithdrawn>, IHandleErrors
{
    public async Task HandleAsync(StockWithdrawn message, HandlerContext context) =>
        (await InventoryOf(message, context)).ReorderIfLow();

    /// <summary>Is told of every try that fails, later ones too. What it changes is stored, although nothing of the handler is.</summary>
    public async Task HandleErrorAsync(Exception error, Message message, HandlerContext context)
    {
        if (message.Payload is StockWithdrawn withdrawn)
            (await InventoryOf(withdrawn, context)).RaiseAlert(error.Message);
    }

    private static ValueTask<Inventory> InventoryOf(StockWithdrawn withdrawn, HandlerContext context) =>
        context.Repository<Inventory>().GetAsync(withdrawn.BookId, context.CancellationToken);
}
