using System.Text;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Progress;

/// <summary>Failure records, by handler, global position and method.</summary>
internal static class FailureTable
{
    private const string Revision = "SELECT revision FROM protean_failures WHERE handler = ? AND global_position = ? AND method = ?";
    private const string Remove = "DELETE FROM protean_failures WHERE handler = ? AND global_position = ? AND method = ?";

    public static void Purge(Database database, FailurePurge purge) =>
        Purge(database, new FailureQuery { Handler = purge.Handler, Partition = purge.Partition });

    public static long Purge(Database database, FailureQuery query) =>
        Filter(database, "DELETE FROM protean_failures", query, isPaged: false).Run();

    public static void Write(Database database, in FailureWrite write)
    {
        var (key, expectedRevision, record) = write;
        var revision = database.Use(Revision).With(key.Handler).With(key.GlobalPosition).With(key.Method).Scalar() ?? 0;
        if (expectedRevision != FailureWrite.AnyRevision && expectedRevision != revision)
            throw Conflict.Of(write, revision);
        if (revision > 0)
            database.Use(Remove).With(key.Handler).With(key.GlobalPosition).With(key.Method).Run();
        if (record is not null)
            FailureRow.Write(database, record, revision + 1);
    }

    public static IReadOnlyList<FailureRecord> Query(Database database, FailureQuery query)
    {
        ReadValidation.Check(query);
        var found = new List<FailureRecord>();
        using var row = Filter(database, $"SELECT {FailureRow.Columns} FROM protean_failures", query, isPaged: true);
        while (row.Step())
            found.Add(FailureRow.Read(row));
        return found;
    }

    public static long Count(Database database, FailureQuery query)
    {
        ReadValidation.Check(query);
        return Filter(database, "SELECT count(*) FROM protean_failures", query, isPaged: false).Scalar() ?? 0;
    }

    private static Statement Filter(Database database, string what, FailureQuery query, bool isPaged)
    {
        var sql = new StringBuilder(what).Append(" WHERE 1");
        AddIf(query.Handler is not null, "handler = ?");
        AddIf(query.Partition is not null, "partition = ?");
        AddIf(query.Status is not null, "status = ?");
        AddIf(query.MessageType is not null, "message_type = ?");
        AddIf(query.ParkKey is not null, "park_key = ?");
        AddIf(query.FailedFrom is not null, "failed_at >= ?");
        AddIf(query.FailedBefore is not null, "failed_at < ?");
        AddIf(query.DueBy is not null, "next_attempt_at <= ?");
        AddIf(isPaged && query.After is not null, "(handler, global_position, method) > (?, ?, ?)");
        if (isPaged)
            sql.Append(" ORDER BY handler, global_position, method LIMIT ?");
        return Bind(database.Use(sql.ToString()), query, isPaged);

        void AddIf(bool isAsked, string condition)
        {
            if (isAsked)
                sql.Append(" AND ").Append(condition);
        }
    }

    private static Statement Bind(Statement statement, FailureQuery query, bool isPaged)
    {
        if (query.Handler is { } handler)
            statement.With(handler);
        if (query.Partition is { } partition)
            statement.With(partition);
        if (query.Status is { } status)
            statement.With((long)status);
        if (query.MessageType is { } type)
            statement.With(type);
        if (query.ParkKey is { } parkKey)
            statement.With(parkKey);
        if (query.FailedFrom is { } from)
            statement.With(Microseconds.Of(from));
        if (query.FailedBefore is { } before)
            statement.With(Microseconds.Of(before));
        if (query.DueBy is { } due)
            statement.With(Microseconds.Of(due));
        if (isPaged && query.After is { } after)
            statement.With(after.Handler).With(after.GlobalPosition).With(after.Method);
        return isPaged ? statement.With(query.Take) : statement;
    }
}
