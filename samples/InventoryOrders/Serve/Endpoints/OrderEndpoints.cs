using System.ComponentModel;
using System.Linq.Expressions;
using InventoryOrders.Orders;
using Microsoft.AspNetCore.Http.HttpResults;
using Protean;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>Why an order is cancelled.</summary>
public sealed record Cancellation(string Reason);

/// <summary>Orders over HTTP.</summary>
internal static class OrderEndpoints
{
    private const int MostOrders = 200;

    public static void MapOrders(this IEndpointRouteBuilder api)
    {
        var orders = api.MapGroup("/orders").WithTags("Orders");
        orders.MapGet("/", ListAsync).IsView("ListOrders", $"Lists orders by their ids, {MostOrders} at a time");
        orders.MapGet("/{orderId}", GetAsync).IsView("GetOrder", "Shows one order").ProducesProblem(StatusCodes.Status404NotFound);
        orders.MapPost("/", PlaceAsync).IsCommand("PlaceOrder", "Orders copies of a book, and reserves them");
        orders.MapPost("/{orderId}/ship", ShipAsync).IsCommand("ShipOrder", "Ships a placed order; the stock follows");
        orders.MapPost("/{orderId}/cancel", CancelAsync).IsCommand("CancelOrder", "Cancels a placed order; its copies are released");
    }

    private static async Task<Ok<IReadOnlyList<OrderSummary>>> ListAsync(
        IView<OrderSummary> orders, OrderStatus? status, [Description("How many to leave out.")] int? skip, CancellationToken cancellationToken)
    {
        Expression<Func<OrderSummary, bool>>? where = status is { } wanted ? order => order.Status == wanted : null;
        return TypedResults.Ok(await orders.QueryAsync(
            where, all => all.OrderBy(order => order.OrderId).Skip(Math.Max(0, skip ?? 0)).Take(MostOrders), cancellationToken));
    }

    private static async Task<Results<Ok<OrderSummary>, ProblemHttpResult>> GetAsync(string orderId, IView<OrderSummary> orders, CancellationToken cancellationToken) =>
        await orders.GetAsync(orderId, cancellationToken) is { } order ? TypedResults.Ok(order) : Missing.Of("order", orderId);

    private static async Task<Created> PlaceAsync(PlaceOrder order, [AsParameters] CommandSender sender)
    {
        await sender.SendAsync(order);
        return TypedResults.Created($"/api/orders/{order.OrderId}");
    }

    private static async Task<NoContent> ShipAsync(string orderId, [AsParameters] CommandSender sender)
    {
        await sender.SendAsync(new ShipOrder(orderId));
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> CancelAsync(string orderId, Cancellation cancellation, [AsParameters] CommandSender sender)
    {
        await sender.SendAsync(new CancelOrder(orderId, cancellation.Reason));
        return TypedResults.NoContent();
    }
}
