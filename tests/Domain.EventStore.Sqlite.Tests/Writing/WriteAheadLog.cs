using System.Buffers.Binary;

namespace Protean.EventStore.Sqlite.Tests.Writing;

/// <summary>The write-ahead log beside a database, in which every transaction ends with a frame that says so.</summary>
internal static class WriteAheadLog
{
    private const int Header = 32;
    private const int FrameHeader = 24;

    /// <summary>How many transactions were written since the log was last begun anew.</summary>
    public static int Transactions(string database)
    {
        using var file = new FileStream(database + "-wal", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var pageSize = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8));
        var count = 0;
        for (var frame = Header; frame + FrameHeader + pageSize <= bytes.Length; frame += FrameHeader + pageSize)
            count += BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(frame + 4)) == 0 ? 0 : 1;
        return count;
    }
}
