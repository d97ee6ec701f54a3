using System.Text;
using System.Text.Json;
using Protean.Storage;

namespace Protean.EventStore;

/// <summary>PostgreSQL keeps documents in a form that cannot hold the character U+0000. Finds it, and says where it stands.</summary>
internal static class NullCharacter
{
    public static void Refuse(in DocumentWrite write, ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\u0000"u8) < 0 || PathTo(body) is not { } path)
            return;
        throw new ArgumentException($"{Conflict.Subject(write)} has the character U+0000 in '{path}', which PostgreSQL cannot store: remove it.", nameof(write));
    }

    /// <returns>The path of the member; nothing if the notation was that of an escaped backslash.</returns>
    private static string? PathTo(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        var path = new Stack<string>();
        var name = "";
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    if (name.Contains('\0', StringComparison.Ordinal))
                        return Join(path, name.Replace("\0", "\\0", StringComparison.Ordinal));
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    path.Push(name);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    name = path.Pop();
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped && reader.GetString()!.Contains('\0', StringComparison.Ordinal):
                    return Join(path, name);
            }
        }

        return null;
    }

    private static string Join(Stack<string> path, string name)
    {
        var text = new StringBuilder();
        foreach (var part in path.Reverse().Where(static part => part.Length > 0).Append(name).Distinct())
            text.Append(text.Length == 0 ? "" : ".").Append(part);
        return text.ToString();
    }
}
