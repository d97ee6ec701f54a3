using System.Buffers;
using System.Text;
using System.Text.Json;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>
/// Writes JSON values as bytes whose order is that of the values: false, true, numbers by value, texts by code point, objects and arrays by
/// their text. Null has no bytes: it is SQL's NULL, which SQLite orders first. So one comparison of bytes serves equality, ranges, order and
/// uniqueness alike.
/// </summary>
internal static class KeyEncoding
{
    private const byte False = 1;
    private const byte True = 2;
    private const byte Number = 3;
    private const byte Text = 4;
    private const byte Compound = 5;

    /// <summary>Writes the value that a path leads to in a JSON object.</summary>
    /// <returns>Whether there is one that is not null.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> body, JsonPath path, ArrayBufferWriter<byte> output)
    {
        try
        {
            return path.TryFind(body, out var reader) && TryWrite(body, ref reader, output);
        }
        catch (InvalidOperationException)
        {
            // A member's name holds half a surrogate pair, which no path can mean.
            return false;
        }
    }

    /// <summary>The bytes of the value that a path leads to; none for null.</summary>
    public static byte[]? Of(ReadOnlySpan<byte> body, JsonPath path, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        return TryWrite(body, path, scratch) ? scratch.WrittenSpan.ToArray() : null;
    }

    /// <summary>The bytes of a value to compare with; none for null.</summary>
    public static byte[]? Of(DocumentValue value)
    {
        switch (value.Kind)
        {
            case DocumentValueKind.Boolean:
                return [value.Boolean ? True : False];
            case DocumentValueKind.Text:
                return [Text, .. Encoding.UTF8.GetBytes(value.Text!)];
            case DocumentValueKind.Number:
                var output = new ArrayBufferWriter<byte>();
                Put(output, Number);
                NumberEncoding.Write(Encoding.UTF8.GetBytes(value.Text!), output);
                return output.WrittenSpan.ToArray();
            default:
                return null;
        }
    }

    /// <summary>What all values begin at, or stand below, that can be compared with a value: less and greater mean nothing between kinds.</summary>
    public static (byte[] From, byte[] Below) Comparable(DocumentValueKind kind) => kind switch
    {
        DocumentValueKind.Boolean => ([False], [Number]),
        DocumentValueKind.Number => ([Number], [Text]),
        _ => ([Text], [Compound]),
    };

    private static bool TryWrite(ReadOnlySpan<byte> body, ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.False:
                Put(output, False);
                return true;
            case JsonTokenType.True:
                Put(output, True);
                return true;
            case JsonTokenType.Number:
                Put(output, Number);
                NumberEncoding.Write(reader.ValueSpan, output);
                return true;
            case JsonTokenType.String:
                Put(output, Text);
                WriteText(ref reader, output);
                return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                Put(output, Compound);
                output.Write(body[start..(int)reader.BytesConsumed]);
                return true;
            default:
                return false;
        }
    }

    private static void WriteText(ref Utf8JsonReader reader, ArrayBufferWriter<byte> output)
    {
        if (reader.ValueIsEscaped)
        {
            try
            {
                output.Advance(reader.CopyString(output.GetSpan(reader.ValueSpan.Length)));
                return;
            }
            catch (InvalidOperationException)
            {
                // Half a surrogate pair is no character: such a text stands as it was written.
            }
        }

        output.Write(reader.ValueSpan);
    }

    internal static void Put(ArrayBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }
}
