using System.ComponentModel;
using InventoryOrders.Serve.Problems;
using Microsoft.AspNetCore.Mvc;
using Protean;

namespace InventoryOrders.Serve.Endpoints;

/// <summary>Takes the command of a request to the domain.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="Key">Makes the command happen once, however often the request is sent.</param>
/// <param name="Aborted">Tells that the caller has gone.</param>
public readonly record struct CommandSender(
    IDomain Domain,
    [property: FromHeader(Name = CommandSender.KeyHeader), Description("Makes the command happen once: sent again with the same key, it gets the answer of the first.")] string? Key,
    CancellationToken Aborted)
{
    public const string KeyHeader = "Idempotency-Key";

    private const int LongestKey = 200;

    public Task SendAsync(ICommand command) => Key is { Length: 0 or > LongestKey }
        ? throw new BadInputException(KeyHeader, $"An idempotency key has 1 to {LongestKey} characters.")
        : Domain.ProcessAsync(command, new() { IdempotencyKey = Key }, Aborted);
}
