using System.Text;
using Npgsql;
using Protean.EventStore.Schema;
using Protean.Storage;

namespace Protean.EventStore.Reading;

/// <summary>Loads and finds documents.</summary>
internal sealed class DocumentReading(PostgresDatabase database, CollectionTables collections)
{
    private const string Columns = "d.key, d.version, d.stamp, d.body";

    public async ValueTask<StoredDocument?> LoadAsync(DocumentAddress address, CancellationToken cancellationToken)
    {
        ReadValidation.Check(address);
        var table = collections.Get(address.Collection);
        var found = await database.QueryAsync(
            $"select {Columns} from {table.Table} d where d.key = $1 and d.generation = {Generation(table, address.Generation is null ? null : "$2")}",
            address,
            static (parameters, address) =>
            {
                parameters.Add(new NpgsqlParameter<string> { TypedValue = address.Key });
                if (address.Generation is { } generation)
                    parameters.Add(new NpgsqlParameter<long> { TypedValue = generation });
            },
            ReadAsync,
            cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>One statement over all tables, so that all documents are of one moment.</summary>
    public async ValueTask<IReadOnlyList<StoredDocument?>> LoadAsync(IReadOnlyList<DocumentAddress> addresses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (var address in addresses)
            ReadValidation.Check(address);
        if (addresses.Count == 0)
            return [];

        var groups = addresses.Select(static (address, i) => (Address: address, Index: i)).GroupBy(static item => item.Address.Collection).ToArray();
        var parts = groups.Select((group, i) => $"""
            select u.ord, {Columns} from unnest(${(3 * i) + 1}, ${(3 * i) + 2}, ${(3 * i) + 3}) u (ord, key, generation)
            join {collections.Get(group.Key).Table} d on d.key = u.key and d.generation = (select g.number from {database.Schema}.generations g where g.collection = {PostgresIdentifier.Literal(group.Key)} and case when u.generation is null then g.state = 1 else g.number = u.generation and g.state < 2 end)
            """);
        var found = await database.ListAsync(
            string.Join(" union all ", parts),
            parameters =>
            {
                foreach (var group in groups)
                {
                    parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. group.Select(static item => item.Index)] });
                    parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. group.Select(static item => item.Address.Key)] });
                    parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. group.Select(static item => item.Address.Generation)] });
                }
            },
            static reader => (Index: reader.GetInt32(0), Document: Row(reader, 1)),
            cancellationToken).ConfigureAwait(false);
        var documents = new StoredDocument?[addresses.Count];
        foreach (var (index, document) in found)
            documents[index] = document;
        return documents;
    }

    public async ValueTask<IReadOnlyList<StoredDocument>> QueryAsync(DocumentQuery query, CancellationToken cancellationToken)
    {
        ReadValidation.Check(query);
        var parameters = new NpgsqlCommand().Parameters;
        var sql = new StringBuilder($"select {Columns} from {Where(query, parameters)} order by ");
        foreach (var order in query.OrderBy)
            sql.Append(JsonCondition.Order(order)).Append(", ");
        sql.Append("d.key");
        if (query.Take != int.MaxValue)
            sql.Append(Add(parameters, " limit {0}", query.Take));
        if (query.Skip > 0)
            sql.Append(Add(parameters, " offset {0}", query.Skip));
        return await database.QueryAsync(sql.ToString(), parameters, Move, ReadAsync, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask<long> CountAsync(DocumentQuery query, CancellationToken cancellationToken)
    {
        ReadValidation.Check(query);
        var parameters = new NpgsqlCommand().Parameters;
        return database.ScalarAsync<long>($"select count(*) from {Where(query, parameters)}", to => Move(to, parameters), cancellationToken);
    }

    public async ValueTask<CollectionGenerations> GenerationsAsync(string collection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(collection);
        collections.Get(collection);
        var numbers = await database.ListAsync(
            $"select number, state from {database.Schema}.generations where collection = $1 and state < 2 order by number",
            parameters => parameters.Add(new NpgsqlParameter<string> { TypedValue = collection }),
            static reader => (Number: reader.GetInt64(0), IsLive: reader.GetInt16(1) == 1),
            cancellationToken).ConfigureAwait(false);
        return new(collection, numbers.Single(static n => n.IsLive).Number, [.. numbers.Where(static n => !n.IsLive).Select(static n => n.Number)]);
    }

    private static async ValueTask<List<StoredDocument>> ReadAsync<TCall>(NpgsqlDataReader reader, TCall call, CancellationToken cancellationToken)
    {
        var found = new List<StoredDocument>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            found.Add(Row(reader, 0));
        return found;
    }

    private static StoredDocument Row(NpgsqlDataReader reader, int first) =>
        new(reader.GetString(first), reader.GetInt64(first + 1), reader.GetString(first + 2), reader.GetFieldValue<byte[]>(first + 3));

    private static string Add(NpgsqlParameterCollection parameters, string sql, long value)
    {
        parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
        return sql.Replace("{0}", $"${parameters.Count}", StringComparison.Ordinal);
    }

    /// <summary>A parameter belongs to one collection at a time.</summary>
    public static void Move(NpgsqlParameterCollection to, NpgsqlParameterCollection from)
    {
        var parameters = from.ToArray<NpgsqlParameter>();
        from.Clear();
        foreach (var parameter in parameters)
            to.Add(parameter);
    }

    private string Where(DocumentQuery query, NpgsqlParameterCollection parameters)
    {
        var table = collections.Get(query.Collection);
        var asked = query.Generation is { } number ? Add(parameters, "{0}", number) : null;
        var where = new StringBuilder($"{table.Table} d where d.generation = {Generation(table, asked)}");
        foreach (var condition in query.Where)
            where.Append(" and ").Append(JsonCondition.Of(condition, parameters));
        return where.ToString();
    }

    /// <summary>The live generation, or the one that is asked for, unless it was dropped.</summary>
    private string Generation(CollectionTable table, string? asked) =>
        $"(select g.number from {database.Schema}.generations g where g.collection = {PostgresIdentifier.Literal(table.Name)} and {(asked is null ? "g.state = 1" : $"g.number = {asked} and g.state < 2")})";
}
