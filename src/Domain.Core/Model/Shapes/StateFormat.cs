using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Protean;

/// <summary>A digest of a state, to see whether it has changed.</summary>
internal readonly record struct StateFingerprint(ulong High, ulong Low);

/// <summary>Turns states into JSON and back, with the settings of one domain.</summary>
internal sealed class StateFormat(JsonSerializerOptions options)
{
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? s_scratch;

    /// <summary>The format of instances that no domain has seen yet.</summary>
    public static StateFormat Default { get; } = new(DomainJson.StateOptions(_ => { }));

    public JsonSerializerOptions Options => options;

    public byte[] Write(object state) => WriteScratch(state).ToArray();

    public StateFingerprint Fingerprint(object state)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(WriteScratch(state), digest);
        return new(MemoryMarshal.Read<ulong>(digest), MemoryMarshal.Read<ulong>(digest[8..]));
    }

    /// <summary>What is written stands in memory that the next call on the same thread uses again.</summary>
    private ReadOnlySpan<byte> WriteScratch(object state)
    {
        var (buffer, writer) = s_scratch ??= NewScratch();
        // A converter of the user's may come back here while it writes; it gets a scratch of its own.
        s_scratch = null;
        try
        {
            buffer.ResetWrittenCount();
            writer.Reset(buffer);
            JsonSerializer.Serialize(writer, state, options.GetTypeInfo(state.GetType()));
            writer.Flush();
            return buffer.WrittenSpan;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new MessageFormatException(state.GetType(), "cannot be written as JSON", e);
        }
        finally
        {
            s_scratch = (buffer, writer);
        }
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewScratch()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = DomainJson.Encoder }));
    }
}
