namespace Protean.Engine;

/// <summary>A handler that the engine delivers to, as far as its settings depend on it.</summary>
/// <param name="Name">The name it was given.</param>
/// <param name="Declared">What it said in code.</param>
/// <param name="IsProjection">Whether it keeps a read model.</param>
internal sealed record DeliverySubject(string Name, DeliveryOptions Declared, bool IsProjection);
