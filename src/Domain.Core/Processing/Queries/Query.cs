using System.Linq.Expressions;
using System.Text.Json;
using Protean.Storage;

namespace Protean;

/// <summary>The order and the page of a query.</summary>
/// <typeparam name="T">The type of the documents.</typeparam>
public sealed class Query<T>
{
    private readonly List<(LambdaExpression Member, bool Descending)> _order = [];
    private int _skip;
    private int _take = int.MaxValue;

    /// <summary>Orders by a member, after the orders given before.</summary>
    public Query<T> OrderBy<TMember>(Expression<Func<T, TMember>> member) => Ordered(member, false);

    /// <summary>Orders by a member, the greatest first, after the orders given before.</summary>
    public Query<T> OrderByDescending<TMember>(Expression<Func<T, TMember>> member) => Ordered(member, true);

    /// <summary>Passes over the first so many.</summary>
    public Query<T> Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _skip = count;
        return this;
    }

    /// <summary>Returns at most so many.</summary>
    public Query<T> Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _take = count;
        return this;
    }

    internal static DocumentQuery Build(string collection, LambdaExpression? where, Func<Query<T>, Query<T>>? shape, JsonSerializerOptions options)
    {
        var query = shape?.Invoke(new()) ?? new();
        return new()
        {
            Collection = collection,
            Where = QueryTranslator.Translate(where, options),
            OrderBy = [.. query._order.Select(o => QueryTranslator.Order(o.Member, o.Descending, options))],
            Skip = query._skip,
            Take = query._take,
        };
    }

    private Query<T> Ordered(LambdaExpression member, bool descending)
    {
        _order.Add((member, descending));
        return this;
    }
}
