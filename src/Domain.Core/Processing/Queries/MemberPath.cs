using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;

namespace Protean;

/// <summary>Part of an expression cannot be asked of a store.</summary>
public sealed class UntranslatableExpressionException(Expression part, string reason)
    : ProteanException($"'{part}' cannot be asked of the store: {reason}.")
{
    /// <summary>The part, as text.</summary>
    public string Part { get; } = part.ToString();
}

/// <summary>Finds the names of the JSON members that a chain of properties leads to.</summary>
internal static class MemberPath
{
    public static IReadOnlyList<string> Resolve(Expression expression, ParameterExpression root, JsonSerializerOptions options)
    {
        var path = TryResolve(expression, root, options);
        return path is { Count: > 0 } ? path : throw new UntranslatableExpressionException(expression, "it is no member of the stored document");
    }

    /// <summary>Whether an expression begins at the document.</summary>
    public static bool BeginsAt(Expression expression, ParameterExpression root) => Strip(expression) switch
    {
        ParameterExpression parameter => parameter == root,
        MemberExpression { Expression: { } owner } => BeginsAt(owner, root),
        _ => false,
    };

    /// <summary>Takes away the conversions that leave the value as it is stored; any other would be left out of the comparison.</summary>
    public static Expression Strip(Expression expression) =>
        expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert && KeepsValue(convert)
            ? Strip(convert.Operand)
            : expression;

    private static bool KeepsValue(UnaryExpression convert)
    {
        var from = Nullable.GetUnderlyingType(convert.Operand.Type) ?? convert.Operand.Type;
        var to = Nullable.GetUnderlyingType(convert.Type) ?? convert.Type;
        if (to.IsAssignableFrom(from) || (from.IsEnum && to.IsPrimitive))
            return true;
        return IdFormat.TypedIdParts(from) is { } id ? to == id.Value.PropertyType : NumericTypes.IsWidening(from, to);
    }

    private static List<string>? TryResolve(Expression expression, ParameterExpression root, JsonSerializerOptions options)
    {
        switch (Strip(expression))
        {
            case ParameterExpression parameter when parameter == root:
                return [];
            case MemberExpression { Expression: { } owner } access:
                var path = TryResolve(owner, root, options);
                if (path is null)
                    return null;
                if (!IsTransparent(access))
                    path.Add(NameOf(access, Strip(owner).Type, options));
                return path;
            default:
                return null;
        }
    }

    /// <summary>The value of a nullable or of a strongly typed id stands where the thing itself does.</summary>
    private static bool IsTransparent(MemberExpression access)
    {
        var owner = access.Member.DeclaringType!;
        return (Nullable.GetUnderlyingType(owner) is not null && access.Member.Name == "Value")
            || IdFormat.TypedIdParts(owner)?.Value.Name == access.Member.Name;
    }

    private static string NameOf(MemberExpression access, Type owner, JsonSerializerOptions options)
    {
        var type = options.GetTypeInfo(owner);
        var name = typeof(DomainObject).IsAssignableFrom(owner)
            ? StateFields.Of(owner).FirstOrDefault(f => IsBehind(f, access.Member))?.Name
            : type.Properties.FirstOrDefault(p => p.AttributeProvider is MemberInfo member && member.Name == access.Member.Name && p.Get is not null && !p.IsExtensionData)?.Name;
        return name ?? throw new UntranslatableExpressionException(access, Nullable.GetUnderlyingType(owner) is null
            ? $"{owner.Name}.{access.Member.Name} is not stored"
            : $"{access.Member.Name} of a nullable is not stored: compare it with null");
    }

    private static bool IsBehind(StateField field, MemberInfo member) =>
        field.Field.Name == member.Name
        || field.Field.Name == $"<{member.Name}>k__BackingField"
        || (member is PropertyInfo && field.Name == JsonNamingPolicy.CamelCase.ConvertName(member.Name));
}
