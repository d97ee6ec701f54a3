using Npgsql;
using NpgsqlTypes;

namespace Protean.EventStore.Writing;

/// <summary>A statement over any number of rows, handed over as one array for each column. Kept and filled anew for every batch.</summary>
internal sealed class RowsCommand(string sql)
{
    private readonly List<System.Collections.IList> _columns = [];

    public NpgsqlBatchCommand Command { get; } = new(sql);

    public int Count => _columns[0].Count;

    public List<T> Column<T>(NpgsqlDbType type)
    {
        var values = new List<T>();
        Command.Parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
        _columns.Add(values);
        return values;
    }

    public NpgsqlParameter<T> Scalar<T>(NpgsqlDbType type)
    {
        var parameter = new NpgsqlParameter<T> { NpgsqlDbType = type };
        Command.Parameters.Add(parameter);
        return parameter;
    }

    public void Clear()
    {
        foreach (var column in _columns)
            column.Clear();
    }
}
