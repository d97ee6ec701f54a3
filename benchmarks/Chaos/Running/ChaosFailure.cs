namespace Protean.Benchmarks.Chaos.Running;

/// <summary>The run cannot go on as it should: what the store did to a process, or a process did by itself.</summary>
internal sealed class ChaosFailure(string message) : Exception(message);
