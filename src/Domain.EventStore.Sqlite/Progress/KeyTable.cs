using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>Idempotency keys.</summary>
internal static class KeyTable
{
    private const string One = "SELECT payload_hash, outcome, claimed_at FROM protean_keys WHERE scope = ? AND key = ?";
    private const string Free = "DELETE FROM protean_keys WHERE scope = ? AND key = ? AND payload_hash = ?";
    private const string Take = "INSERT INTO protean_keys (scope, key, payload_hash, claimed_at, outcome) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    public static ClaimedKey? Find(Database database, string scope, string key)
    {
        ReadValidation.CheckKey(scope, key);
        using var row = database.Use(One).With(scope).With(key);
        return row.Step() ? new(scope, key, row.Text(0), row.Bytes(1).ToArray(), Microseconds.ToTime(row.Number(2))) : null;
    }

    public static void Release(Database database, KeyRelease release) =>
        database.Use(Free).With(release.Scope).With(release.Key).With(release.PayloadHash).Run();

    public static void Claim(Database database, in KeyClaim claim)
    {
        var taken = database.Use(Take)
            .With(claim.Scope).With(claim.Key).With(claim.PayloadHash).With(Microseconds.Of(claim.At)).With(claim.Outcome.Span)
            .Run();
        if (taken == 0)
            throw new DuplicateKeyException(claim.Scope, claim.Key);
    }

    public static long Purge(Database database, DateTimeOffset before) =>
        database.Use("DELETE FROM protean_keys WHERE claimed_at < ?").With(Microseconds.Of(before)).Run();
}
