namespace Protean;

/// <summary>What logs and metrics call a delegate: its declaring type and method, as they stand in the source.</summary>
internal static class SubscriberName
{
    public static string Of(Delegate handler)
    {
        var method = handler.Method;
        var type = method.DeclaringType;
        // What a lambda captures stands in classes that the compiler makes within the one that was written.
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<'))
            type = outer;
        var name = WrittenName(method.Name);
        return type is null ? name : $"{DomainNaming.ClassName(type)}.{name}";
    }

    /// <summary><c>Main</c> for the lambda <c>&lt;Main&gt;b__0_1</c>, <c>Count</c> for the local function <c>&lt;Main&gt;g__Count|0_0</c>.</summary>
    private static string WrittenName(string name)
    {
        var end = name.LastIndexOf('>');
        if (!name.StartsWith('<') || end < 0)
            return name;
        var local = name.IndexOf("g__", end, StringComparison.Ordinal);
        var bar = name.LastIndexOf('|');
        if (local == end + 1 && bar > local)
            return name[(local + 3)..bar];
        var from = name.LastIndexOf('<', end) + 1;
        var written = name[from..end];
        return written.Length == 0 || written == "Main$" ? "Main" : written;
    }
}
