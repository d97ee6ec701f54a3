using System.Text;
using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>The conditions of a read of the log, as SQL with parameters behind the two that every read has.</summary>
internal sealed class LogFilter
{
    private const int FirstParameter = 3;
    private readonly StringBuilder _sql = new();
    private readonly List<NpgsqlParameter> _parameters = [];

    public LogFilter(LogRead read)
    {
        if (read.Categories is { Count: 1 })
            Category = Add("", new NpgsqlParameter<string> { TypedValue = read.Categories[0] });
        else if (read.Categories is { Count: > 1 })
            Categories = Add("", new NpgsqlParameter<string[]> { TypedValue = [.. read.Categories.Distinct()] });
        if (read.Types is { Count: > 0 })
            Add(" and m.type = any({0})", new NpgsqlParameter<string[]> { TypedValue = [.. read.Types] });
        if ((read.Kinds & MessageKind.All) != MessageKind.All)
            Add(" and (m.kind & {0}) <> 0", new NpgsqlParameter<short> { TypedValue = (short)read.Kinds });
        if (read.Source is { } source)
        {
            // The category of a stream is the text before its first dash.
            Add(
                " and (split_part(m.cause_stream, '-', 1) = any({0}) or split_part(m.origin_stream, '-', 1) = any({0}))",
                new NpgsqlParameter<string[]> { TypedValue = [source, source + StreamName.CommandSuffix] });
        }

        if (read.Partition is { } partition)
        {
            Add(" and m.partition_hash % {0} = ", new NpgsqlParameter<int> { TypedValue = partition.Count });
            Add("{0}", new NpgsqlParameter<int> { TypedValue = partition.Index });
        }

        if (!read.IncludeArchived)
            _sql.Append(" and not m.archived");
    }

    private LogFilter()
    {
    }

    /// <summary>The parameter that holds the category, when there is one.</summary>
    public string? Category { get; }

    /// <summary>The parameter that holds the categories, when there are several.</summary>
    public string? Categories { get; }

    public string Sql => _sql.ToString();

    public static LogFilter Correlation(string correlationId)
    {
        var filter = new LogFilter();
        filter.Add(" and m.correlation_id = {0}", new NpgsqlParameter<string> { TypedValue = correlationId });
        return filter;
    }

    public void Bind(NpgsqlParameterCollection parameters)
    {
        foreach (var parameter in _parameters)
            parameters.Add(parameter);
    }

    private string Add(string condition, NpgsqlParameter parameter)
    {
        var name = $"${FirstParameter + _parameters.Count}";
        _sql.Append(condition.Replace("{0}", name, StringComparison.Ordinal));
        _parameters.Add(parameter);
        return name;
    }
}
