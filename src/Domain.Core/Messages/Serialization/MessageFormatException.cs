namespace Protean;

/// <summary>Something cannot be written as JSON, or JSON cannot be read as what it should be.</summary>
public sealed class MessageFormatException : ProteanException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="type">The type that was to be written or read.</param>
    /// <param name="problem">What is wrong, continuing "{type} …".</param>
    /// <param name="innerException">What the serializer, or the type itself, said.</param>
    /// <param name="where">Where the JSON stands, such as a stream and a position.</param>
    public MessageFormatException(Type type, string problem, Exception? innerException = null, string? where = null)
        : base(Describe(type.Name, problem, innerException, where), innerException)
    {
        Type = type;
        Where = where;
        Path = (innerException as System.Text.Json.JsonException)?.Path;
    }

    /// <summary>The type that was to be written or read.</summary>
    public Type Type { get; }

    /// <summary>Where the JSON stands; nothing for input.</summary>
    public string? Where { get; }

    /// <summary>The path within the JSON, if the serializer told it.</summary>
    public string? Path { get; }

    private static string Describe(string type, string problem, Exception? inner, string? where) =>
        $"{type} {problem}{(where is null ? "" : $" ({where})")}{(inner is null ? "." : $": {inner.Message}{Place(inner)}")}";

    /// <summary>The path, where the message does not have it already.</summary>
    private static string Place(Exception inner) =>
        inner is System.Text.Json.JsonException { Path: { } path } && !inner.Message.Contains("Path: ", StringComparison.Ordinal) ? $" (at {path})" : "";
}
