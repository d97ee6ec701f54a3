using System.Text;

namespace Protean;

/// <summary>Names of one domain: <c>inventory_orders::order</c> for categories, <c>InventoryOrders.OrderShipped.v1</c> for types.</summary>
internal sealed class DomainNaming
{
    private const string Separator = "::";

    public DomainNaming(string domain)
    {
        Prefix = Snake(domain);
        TypePrefix = Pascal(domain);
    }

    public string Prefix { get; }

    public string TypePrefix { get; }

    public static bool IsQualified(string category) => category.Contains(Separator, StringComparison.Ordinal);

    /// <summary>A category without the domain that it is of.</summary>
    public static ReadOnlySpan<char> Unqualified(string category) =>
        category.IndexOf(Separator, StringComparison.Ordinal) is var separator and >= 0 ? category.AsSpan(separator + Separator.Length) : category;

    public string Qualify(string category) =>
        category == StreamName.All || IsQualified(category) ? category : Prefix + Separator + category;

    public string TypeName(string className, int version) => $"{TypePrefix}.{className}.v{version}";

    public string CategoryOf(Type type) => Qualify(Snake(ClassName(type)));

    /// <summary>The class name; of a generic class without its arity, followed by its arguments: <c>FactOfOrder</c>.</summary>
    public static string ClassName(Type type)
    {
        if (!type.IsGenericType)
            return type.Name;
        var arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        return (arity < 0 ? type.Name : type.Name[..arity]) + "Of" + string.Join("And", type.GetGenericArguments().Select(ClassName));
    }

    public static string Snake(string name)
    {
        var result = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var c = name[i];
            if (!char.IsLetterOrDigit(c))
            {
                if (result.Length > 0 && result[^1] != '_')
                    result.Append('_');
                continue;
            }

            var startsWord = char.IsUpper(c) && i > 0
                && (char.IsLower(name[i - 1]) || char.IsDigit(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord && result.Length > 0 && result[^1] != '_')
                result.Append('_');
            result.Append(char.ToLowerInvariant(c));
        }

        return result.ToString().TrimEnd('_');
    }

    private static string Pascal(string name)
    {
        var result = new StringBuilder(name.Length);
        var startsWord = true;
        foreach (var c in name)
        {
            if (char.IsLetterOrDigit(c))
                result.Append(startsWord ? char.ToUpperInvariant(c) : c);
            startsWord = !char.IsLetterOrDigit(c);
        }

        return result.ToString();
    }
}
