using Protean.Engine;
using Protean.Storage;

namespace Protean.Tests.Shop;

/// <summary>A store that several domains share; none of them ends it.</summary>
internal sealed class SharedStore(IEventStore store) : ReadThroughStore(store);
