namespace InventoryOrders.Serve.Problems;

/// <summary>Something of a request cannot be used, before there is a command that could say so.</summary>
internal sealed class BadInputException(string name, string problem) : Exception($"{name}: {problem}")
{
    public string Field => name;

    public string Problem => problem;
}
