using System.Linq.Expressions;
using System.Reflection;

namespace Protean;

/// <summary>Finds out how a projection's first document is made.</summary>
internal static class NewView
{
    /// <summary>A factory from the key; nothing if the type has no suitable constructor.</summary>
    public static Func<string, TView>? Factory<TView>()
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var key = Expression.Parameter(typeof(string));
        if (typeof(TView).GetConstructor(any, []) is { } plain)
            return Expression.Lambda<Func<string, TView>>(Expression.New(plain), key).Compile();
        foreach (var constructor in typeof(TView).GetConstructors())
        {
            var parameters = constructor.GetParameters();
            if (!IsKey(parameters[0].ParameterType))
                continue;
            var read = typeof(IdFormat<>).MakeGenericType(parameters[0].ParameterType).GetMethod("Read")!;
            var arguments = parameters.Select((p, i) => i == 0
                ? Expression.Call(read, key, Expression.Constant(typeof(TView).Name))
                : Given(p));
            return Expression.Lambda<Func<string, TView>>(Expression.New(constructor, arguments), key).Compile();
        }

        return null;
    }

    /// <summary>What the constructor gives a parameter that its caller leaves out; the default of its type where it says nothing.</summary>
    private static Expression Given(ParameterInfo parameter) => parameter.HasDefaultValue && parameter.DefaultValue is { } value
        ? Expression.Convert(Expression.Constant(value), parameter.ParameterType)
        : Expression.Default(parameter.ParameterType);

    private static bool IsKey(Type type) => IdFormat.IsPrimitive(type) || IdFormat.TypedIdParts(type) is not null;
}
