using System.Text;
using System.Text.Json;
using Protean.Storage;

namespace Protean.EventStore;

/// <summary>PostgreSQL keeps documents in a form that can hold neither the character U+0000 nor half of a surrogate pair. Finds them, and says where they stand.</summary>
internal static class UnstorableBody
{
    /// <summary>Refuses U+0000 before the database does, which would not say where it is.</summary>
    public static void Refuse(in DocumentWrite write, ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\u0000"u8) >= 0 && Find(write, body) is { } problem)
            throw problem;
    }

    /// <returns>What is wrong, and in which member; nothing if there is nothing of the kind.</returns>
    public static ArgumentException? Find(in DocumentWrite write, ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        var path = new Stack<string>();
        var name = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    if (Problem(reader) is { } inName)
                        return Refusal(write, inName, Join(path, Readable(reader)));
                    name = reader.GetString()!;
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    path.Push(name);
                    // What stands in an array has no name of its own.
                    name = "";
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    name = path.Pop();
                    break;
                case JsonTokenType.String when Problem(reader) is { } inText:
                    return Refusal(write, inText, Join(path, name));
            }
        }

        return null;
    }

    private static ArgumentException Refusal(in DocumentWrite write, string problem, string path) =>
        new($"{Conflict.Subject(write)} has {problem} in '{path}', which PostgreSQL cannot store: remove it.", nameof(write));

    private static string? Problem(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!.Contains('\0', StringComparison.Ordinal) ? "the character U+0000" : null;
        }
        catch (InvalidOperationException)
        {
            return "half of a surrogate pair, or bytes that are no UTF-8,";
        }
    }

    /// <summary>The name of a member as it is written.</summary>
    private static string Readable(in Utf8JsonReader reader) => Encoding.UTF8.GetString(reader.ValueSpan);

    private static string Join(Stack<string> path, string name)
    {
        var text = new StringBuilder();
        foreach (var part in path.Reverse().Append(name).Where(static part => part.Length > 0))
            text.Append(text.Length == 0 ? "" : ".").Append(part);
        return text.ToString();
    }
}
