using System.Text.Json;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>The members that lead to a value of a JSON object. As a text they are joined by a quote, which no member contains.</summary>
internal sealed class JsonPath
{
    private const char Separator = '"';
    private readonly byte[][] _members;

    public JsonPath(IReadOnlyList<string> members)
    {
        Members = members;
        Text = string.Join(Separator, members);
        _members = [.. members.Select(System.Text.Encoding.UTF8.GetBytes)];
    }

    public IReadOnlyList<string> Members { get; }

    public string Text { get; }

    public static JsonPath Parse(string text) => new(text.Split(Separator));

    /// <summary>Follows the path. Of members that repeat, the last one counts.</summary>
    /// <param name="body">A JSON object.</param>
    /// <param name="found">A reader that stands at the value.</param>
    public bool TryFind(ReadOnlySpan<byte> body, out Utf8JsonReader found)
    {
        found = new(body);
        found.Read();
        foreach (var member in _members)
        {
            if (found.TokenType != JsonTokenType.StartObject || !TryEnter(ref found, member))
                return false;
        }

        return true;
    }

    private static bool TryEnter(ref Utf8JsonReader reader, byte[] member)
    {
        var last = reader;
        var isFound = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(member);
            reader.Read();
            if (isIt)
            {
                last = reader;
                isFound = true;
            }

            reader.Skip();
        }

        reader = last;
        return isFound;
    }
}
