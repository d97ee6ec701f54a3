namespace InventoryOrders.Story;

/// <summary>Something is not as the story says.</summary>
public sealed class CheckFailedException(string check) : Exception(check);
