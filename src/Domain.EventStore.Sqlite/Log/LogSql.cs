using System.Text;
using System.Text.Json;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Log;

/// <summary>The SQL of one read of the log. Its text depends on which filters there are, never on what they ask for.</summary>
internal static class LogSql
{
    /// <summary>Each of so many categories is read through its index, and their rows are merged; with more, the log is scanned once.</summary>
    private const int MostMerged = 16;

    private const string From = $"SELECT {MessageRow.Columns} FROM protean_messages WHERE global_position > ?1 AND global_position <= ?2";
    private const string Last = " ORDER BY global_position LIMIT ?3";

    public static Statement Prepare(Database database, LogRead read)
    {
        string[] categories = [.. (read.Categories ?? []).Distinct()];
        var merged = categories.Length <= MostMerged ? categories.Length : 0;
        var filters = new StringBuilder();
        var next = 4 + (categories.Length > MostMerged ? 1 : merged);
        if (categories.Length > MostMerged)
            filters.Append(" AND category IN (SELECT value FROM json_each(?4))");
        Filter(filters, read, ref next);

        var statement = database.Use(Text(filters.ToString(), merged)).With(read.After).With(read.UpTo).With(read.MaxCount);
        if (categories.Length > MostMerged)
            statement.With(JsonSerializer.Serialize(categories));
        else
            Array.ForEach(categories, category => statement.With(category));
        Bind(statement, read);
        return statement;
    }

    private static string Text(string filters, int merged)
    {
        if (merged == 0)
            return From + filters + Last;
        var arms = Enumerable.Range(4, merged).Select(parameter => $"{From} AND category = ?{parameter}{filters}");
        return string.Join(" UNION ALL ", arms) + Last;
    }

    private static void Filter(StringBuilder filters, LogRead read, ref int next)
    {
        if (!read.IncludeArchived)
            filters.Append(" AND archived = 0");
        if (read.Kinds != MessageKind.All)
            filters.Append($" AND (kind & ?{next++}) <> 0");
        if (read.Types is { Count: > 0 })
            filters.Append($" AND type IN (SELECT value FROM json_each(?{next++}))");
        if (read.Partition is not null)
            filters.Append($" AND partition_hash % ?{next++} = ?{next++}");
        if (read.Source is null)
            return;
        filters.Append($" AND ({Matches("cause_stream", next)} OR {Matches("origin_stream", next)})");
    }

    /// <summary>A stream of the source, or of its commands: the category itself, or anything that goes on with a dash.</summary>
    private static string Matches(string column, int first) =>
        $"{column} = ?{first} OR {column} = ?{first + 1}"
        + $" OR ({column} >= ?{first + 2} AND {column} < ?{first + 3}) OR ({column} >= ?{first + 4} AND {column} < ?{first + 5})";

    private static void Bind(Statement statement, LogRead read)
    {
        const char dash = '-';
        const char afterDash = (char)(dash + 1);
        if (read.Kinds != MessageKind.All)
            statement.With((long)read.Kinds);
        if (read.Types is { Count: > 0 } types)
            statement.With(JsonSerializer.Serialize(types));
        if (read.Partition is { } partition)
            statement.With(partition.Count).With(partition.Index);
        if (read.Source is not { } source)
            return;
        var commands = source + StreamName.CommandSuffix;
        statement.With(source).With(commands).With(source + dash).With(source + afterDash).With(commands + dash).With(commands + afterDash);
    }
}
