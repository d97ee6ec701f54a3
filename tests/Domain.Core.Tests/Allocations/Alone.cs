using Xunit;

namespace Protean.Tests.Allocations;

/// <summary>Beside no other test: where one listens to spans or metrics, everybody in the process makes them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
