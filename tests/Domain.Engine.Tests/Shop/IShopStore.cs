using Protean.Storage;

namespace Protean.Tests.Shop;

/// <summary>Where the shop of one test keeps its data. When it is disposed, everybody has closed what they had opened.</summary>
public interface IShopStore : IAsyncDisposable
{
    /// <summary>Opens the data as another process would.</summary>
    IEventStore Open();
}
