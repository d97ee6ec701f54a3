using System.Linq.Expressions;

namespace Protean;

/// <summary>Reads the documents of a projection.</summary>
/// <typeparam name="TView">The type of the documents.</typeparam>
public interface IView<TView>
    where TView : class
{
    /// <summary>Loads the document of a key, if there is one.</summary>
    Task<TView?> GetAsync(AggregateId key, CancellationToken cancellationToken = default);

    /// <summary>Finds documents.</summary>
    /// <param name="where">Equality and range on members, joined by <c>&amp;&amp;</c>; none for all.</param>
    /// <param name="shape">Order and page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task<IReadOnlyList<TView>> QueryAsync(
        Expression<Func<TView, bool>>? where = null, Func<Query<TView>, Query<TView>>? shape = null, CancellationToken cancellationToken = default);

    /// <summary>Counts documents.</summary>
    Task<long> CountAsync(Expression<Func<TView, bool>>? where = null, CancellationToken cancellationToken = default);
}
