using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>Checkpoints and who owns them.</summary>
internal static class CheckpointTable
{
    private const string One = "SELECT position, epoch, owner, data FROM protean_checkpoints WHERE name = ? AND partition = ?";
    private const string Save =
        "INSERT INTO protean_checkpoints (name, partition, position, epoch, owner, data) VALUES (?, ?, ?, ?, ?, ?) "
        + "ON CONFLICT DO UPDATE SET position = excluded.position, epoch = excluded.epoch, owner = excluded.owner, data = excluded.data";

    private const string LastEpoch = "SELECT epoch FROM protean_epochs WHERE name = ? AND partition = ?";
    private const string SaveEpoch =
        "INSERT INTO protean_epochs (name, partition, epoch) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch";

    private const string All = """
        SELECT c.name, c.partition, c.position, c.epoch, c.owner, n.alive_until > ?1, c.data
        FROM protean_checkpoints c LEFT JOIN protean_nodes n ON n.node = c.owner
        """;

    private const string Listed = $"{All} ORDER BY c.name, c.partition";
    private const string ListedByName = $"{All} WHERE c.name = ?2 ORDER BY c.partition";
    private const string ListedByKey = $"{All} WHERE c.name = ?2 AND c.partition = ?3";

    public static Checkpoint? Find(Database database, CheckpointKey key, DateTimeOffset now)
    {
        ReadValidation.Check(key);
        using var row = database.Use(ListedByKey).With(Microseconds.Of(now)).With(key.Name).With(key.Partition);
        return row.Step() ? Describe(row) : null;
    }

    public static IReadOnlyList<Checkpoint> List(Database database, string? name, DateTimeOffset now)
    {
        var found = new List<Checkpoint>();
        using var row = name is null
            ? database.Use(Listed).With(Microseconds.Of(now))
            : database.Use(ListedByName).With(Microseconds.Of(now)).With(name);
        while (row.Step())
            found.Add(Describe(row));
        return found;
    }

    public static void Lease(Database database, in LeaseChange lease, DateTimeOffset now)
    {
        var row = Read(database, lease.Key);
        if (row.Epoch != lease.ExpectedEpoch)
            throw Conflict.Epoch(lease.Key, lease.ExpectedEpoch, row.Epoch);
        if (!lease.Force && lease.Owner is not null && row.Owner is not null && row.Owner != lease.Owner && NodeTable.IsAlive(database, row.Owner, now))
            throw Conflict.Owned(lease.Key, row.Owner);
        // An epoch never comes back, or who held it before a removal could move what others have made anew.
        var last = database.Use(LastEpoch).With(lease.Key.Name).With(lease.Key.Partition).Scalar() ?? 0;
        Write(database, lease.Key, row with { Epoch = Math.Max(row.Epoch, last) + 1, Owner = lease.Owner, Data = lease.Data ?? row.Data });
    }

    public static void Move(Database database, in CheckpointMove move)
    {
        var row = Read(database, move.Key);
        if (row.Epoch != move.Epoch)
            throw Conflict.Epoch(move.Key, move.Epoch, row.Epoch);
        if (row.Position != move.ExpectedPosition)
            throw Conflict.Position(move.Key, move.ExpectedPosition, row.Position);
        if (!move.Remove)
        {
            Write(database, move.Key, row with { Position = move.Position, Data = move.Data ?? row.Data });
            return;
        }

        database.Use("DELETE FROM protean_checkpoints WHERE name = ? AND partition = ?").With(move.Key.Name).With(move.Key.Partition).Run();
        if (row.Epoch > 0)
            database.Use(SaveEpoch).With(move.Key.Name).With(move.Key.Partition).With(row.Epoch).Run();
    }

    private static Row Read(Database database, CheckpointKey key)
    {
        using var row = database.Use(One).With(key.Name).With(key.Partition);
        return row.Step() ? new(row.Number(0), row.Number(1), row.OptionalText(2), row.OptionalText(3)) : default;
    }

    private static void Write(Database database, CheckpointKey key, in Row row) =>
        database.Use(Save).With(key.Name).With(key.Partition).With(row.Position).With(row.Epoch).With(row.Owner).With(row.Data).Run();

    private static Checkpoint Describe(Statement row) => new(
        new(row.Text(0), (int)row.Number(1)), row.Number(2), row.Number(3), row.OptionalText(4), row.OptionalNumber(5) == 1, row.OptionalText(6));

    private readonly record struct Row(long Position, long Epoch, string? Owner, string? Data);
}
