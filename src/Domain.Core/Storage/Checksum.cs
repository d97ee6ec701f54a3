using System.Buffers.Binary;
using System.Numerics;

namespace Protean.Storage;

/// <summary>The checksum that stands beside the body of a message: CRC-32C.</summary>
public static class Checksum
{
    /// <summary>Computes the checksum of some bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
