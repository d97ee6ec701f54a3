using System.Text;
using Protean.EventStore.Sqlite.Connections;
using Protean.Storage;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>The SQL of one query. An indexed path is a column; any other is computed from the body, by the same encoding.</summary>
internal sealed class DocumentSql
{
    private readonly Collection _collection;
    private readonly DocumentQuery _query;
    private readonly StringBuilder _where = new();
    private readonly List<byte[]> _values = [];

    public DocumentSql(Collection collection, DocumentQuery query)
    {
        _collection = collection;
        _query = query;
        _where.Append(GenerationTable.Selection(collection.Id, query.Generation is null ? null : "?1"));
        foreach (var condition in query.Where)
            Add(condition);
    }

    public Statement Select(Database database)
    {
        var order = new StringBuilder();
        foreach (var by in _query.OrderBy)
            order.Append($"{Value(new(by.Path))}{(by.Descending ? " DESC" : "")}, ");
        var page = $"LIMIT {Parameter(_values.Count)} OFFSET {Parameter(_values.Count + 1)}";
        return Bind(database.Use($"SELECT key, version, stamp, body FROM {_collection.Table} WHERE {_where} ORDER BY {order}key {page}"))
            .With(_query.Take).With(_query.Skip);
    }

    public Statement Count(Database database) =>
        Bind(database.Use($"SELECT count(*) FROM {_collection.Table} WHERE {_where}"));

    private Statement Bind(Statement statement)
    {
        if (_query.Generation is { } generation)
            statement.With(generation);
        foreach (var value in _values)
            statement.With(value);
        return statement;
    }

    private string Parameter(int value) => $"?{value + (_query.Generation is null ? 1 : 2)}";

    private void Add(DocumentCondition condition)
    {
        var key = KeyEncoding.Of(condition.Value);
        var found = Value(new(condition.Path));
        switch (condition.Comparison)
        {
            case DocumentComparison.Equal:
                Add(key is null ? $"{found} IS NULL" : $"{found} = {Added(key)}");
                break;
            case DocumentComparison.NotEqual:
                Add(key is null ? $"{found} IS NOT NULL" : $"({found} <> {Added(key)} OR {found} IS NULL)");
                break;
            case var _ when key is null:
                Add("0");
                break;
            case DocumentComparison.Less or DocumentComparison.LessOrEqual:
                Add($"{found} >= {Added(KeyEncoding.Comparable(condition.Value.Kind).From)}");
                Add($"{found} {(condition.Comparison == DocumentComparison.Less ? "<" : "<=")} {Added(key)}");
                break;
            default:
                Add($"{found} {(condition.Comparison == DocumentComparison.Greater ? ">" : ">=")} {Added(key)}");
                Add($"{found} < {Added(KeyEncoding.Comparable(condition.Value.Kind).Below)}");
                break;
        }
    }

    private void Add(string condition) => _where.Append(" AND ").Append(condition);

    private string Value(JsonPath path) => _collection.ColumnOf(path) ?? $"{KeyFunction.Name}(body, {Added(Encoding.UTF8.GetBytes(path.Text))})";

    private string Added(byte[] value)
    {
        _values.Add(value);
        return Parameter(_values.Count - 1);
    }
}
