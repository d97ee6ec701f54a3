using System.Linq.Expressions;

namespace Protean;

/// <summary>What the messages of one type are cut into partitions by.</summary>
/// <param name="Name">What tells it from another key, in this program and in those before and after it: the path of the member, or the name it was given.</param>
/// <param name="Of">Gives the key of a message.</param>
internal sealed record PartitionKey(string Name, Func<object, string?> Of)
{
    /// <summary>The members that an expression names; none if it is anything else.</summary>
    public static string? PathOf(LambdaExpression key)
    {
        List<string> path = [];
        var at = Bare(key.Body);
        for (; at is MemberExpression member; at = Bare(member.Expression))
            path.Insert(0, member.Member.Name);
        return at == key.Parameters[0] && path.Count > 0 ? string.Join('.', path) : null;
    }

    /// <summary>The key that a path of members leads to; none if the type has no such members, or they make no key.</summary>
    public static PartitionKey? Find(Type type, string path)
    {
        try
        {
            var message = Expression.Parameter(typeof(object));
            Expression at = Expression.Convert(message, type);
            foreach (var member in path.Split('.'))
                at = Expression.PropertyOrField(at, member);
            var key = Expression.Lambda<Func<object, AggregateId>>(Expression.Convert(at, typeof(AggregateId)), message).Compile();
            return new(path, e => key(e).Text);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Without the conversion to an id: what is converted tells the key.</summary>
    private static Expression? Bare(Expression? expression) => expression is UnaryExpression { NodeType: ExpressionType.Convert } convert ? Bare(convert.Operand) : expression;
}
