using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Protean.EventStore.Schema;

/// <summary>The numbers of the advisory locks, which belong to a schema of a database.</summary>
internal static class AdvisoryKey
{
    /// <summary>Whoever holds it may append.</summary>
    public static long ForAppends(string schema) => Of($"protean append {schema}");

    /// <summary>The statement that waits for the lock for appends, and holds it to the end of the transaction.</summary>
    public static string TakeForAppends(string schema) => $"select pg_advisory_xact_lock({ForAppends(schema)})";

    /// <summary>Whoever holds it may change tables.</summary>
    public static long ForSchema(string schema) => Of($"protean schema {schema}");

    private static long Of(string name) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
