using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;

namespace Protean;

/// <summary>How an id of one type becomes text and comes back. Worked out once for each type.</summary>
internal static class IdFormat<TId>
{
    private static readonly (Func<TId, string?>? Write, Func<string, TId>? Read, string? Problem) Format = IdFormat.Build<TId>();

    public static string? Problem => Format.Problem;

    public static string? Write(TId id) => (Format.Write ?? throw Unusable())(id);

    public static TId Read(string text, string owner)
    {
        try
        {
            return (Format.Read ?? throw Unusable())(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new InvalidAggregateIdException(owner, $"is '{text}', which is not a {typeof(TId).Name}", e);
        }
    }

    /// <summary>The one text for all that mean the same id, such as a GUID in capitals.</summary>
    public static string Canonical(string text, string owner) =>
        Write(Read(text, owner)) ?? throw new InvalidAggregateIdException(owner, $"is '{text}', which stands for no id");

    private static InvalidAggregateIdException Unusable() => new($"type {typeof(TId).Name}", Format.Problem!);
}

internal static class IdFormat
{
    private static readonly Dictionary<Type, (LambdaExpression Write, LambdaExpression Read)> Primitives = new()
    {
        [typeof(string)] = Pair<string>(s => s, s => s),
        [typeof(Guid)] = Pair<Guid>(g => g == Guid.Empty ? null : g.ToString("D"), s => Guid.Parse(s)),
        [typeof(int)] = Pair<int>(i => i.ToString(CultureInfo.InvariantCulture), s => int.Parse(s, CultureInfo.InvariantCulture)),
        [typeof(long)] = Pair<long>(i => i.ToString(CultureInfo.InvariantCulture), s => long.Parse(s, CultureInfo.InvariantCulture)),
    };

    public static bool IsPrimitive(Type type) => Primitives.ContainsKey(type);

    /// <summary>The constructor and the property that a strongly typed id consists of.</summary>
    public static (ConstructorInfo Constructor, PropertyInfo Value)? TypedIdParts(Type type)
    {
        if (!typeof(ITypedId).IsAssignableFrom(type))
            return null;
        foreach (var constructor in type.GetConstructors())
        {
            if (constructor.GetParameters() is [{ } parameter] && IsPrimitive(parameter.ParameterType)
                && ValueProperty(type, parameter) is { } value)
                return (constructor, value);
        }

        return null;
    }

    private static PropertyInfo? ValueProperty(Type type, ParameterInfo parameter) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            .Where(p => p.PropertyType == parameter.ParameterType)
            .OrderByDescending(p => string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase))
            .FirstOrDefault();

    public static (Func<TId, string?>?, Func<string, TId>?, string?) Build<TId>()
    {
        if (Primitives.TryGetValue(typeof(TId), out var primitive))
            return (((Expression<Func<TId, string?>>)primitive.Write).Compile(), ((Expression<Func<string, TId>>)primitive.Read).Compile(), null);
        if (TypedIdParts(typeof(TId)) is not { } parts)
        {
            return (null, null, $"cannot be an id: use string, Guid, int or long, or implement {nameof(ITypedId)} with one public constructor that takes one of them and a property of that value");
        }

        var (write, read) = Primitives[parts.Value.PropertyType];
        var id = Expression.Parameter(typeof(TId));
        var text = Expression.Parameter(typeof(string));
        return (
            Expression.Lambda<Func<TId, string?>>(Expression.Invoke(write, Expression.Property(id, parts.Value)), id).Compile(),
            Expression.Lambda<Func<string, TId>>(Expression.New(parts.Constructor, Expression.Invoke(read, text)), text).Compile(),
            null);
    }

    private static (LambdaExpression, LambdaExpression) Pair<T>(Expression<Func<T, string?>> write, Expression<Func<string, T>> read) => (write, read);
}
