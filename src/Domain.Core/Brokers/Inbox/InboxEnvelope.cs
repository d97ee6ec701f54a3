using System.IO.Compression;

namespace Protean.Brokers;

/// <summary>Opens the envelope that messages have unless a subscriber is told otherwise.</summary>
internal static class InboxEnvelope
{
    // Whoever can publish could otherwise make a few bytes into any number of them.
    private const int MostBytes = 64 * 1024 * 1024;

    public static CloudEvent Open(BrokerMessage message) => CloudEventJson.Read(message.ContentEncoding switch
    {
        null or "" or "identity" => message.Body,
        "gzip" => Decompress(message.Body),
        var other => throw new CloudEventFormatException($"it is compressed as '{other}', and gzip is what is known"),
    });

    private static byte[] Decompress(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var compressed = new MemoryStream(body.ToArray(), writable: false);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            using var plain = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int read; (read = gzip.Read(buffer)) > 0; plain.Write(buffer, 0, read))
            {
                if (plain.Length + read > MostBytes)
                    throw new CloudEventFormatException($"it has more than {MostBytes} bytes without its compression");
            }

            return plain.ToArray();
        }
        catch (InvalidDataException error)
        {
            throw new CloudEventFormatException("its gzip is damaged", error);
        }
    }
}
