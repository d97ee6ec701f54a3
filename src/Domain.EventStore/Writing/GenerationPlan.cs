using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using Protean.Storage;
using Protean.Storage.InMemory;

namespace Protean.EventStore.Writing;

/// <summary>
/// What the generations of collections become. It is worked out before the lock is taken, from what was read with its revision; the statements
/// end the transaction if the revision has changed since.
/// </summary>
internal sealed class GenerationPlan
{
    private readonly List<(string Collection, long Revision, GenerationNumbers Numbers)> _changes = [];
    private readonly string _schema;

    private GenerationPlan(string schema) => _schema = schema;

    public static async ValueTask<GenerationPlan> MakeAsync(PostgresDatabase database, IReadOnlyList<GenerationChange> changes, CancellationToken cancellationToken)
    {
        var plan = new GenerationPlan(database.Schema);
        foreach (var collection in changes.GroupBy(static change => change.Collection))
        {
            var (revision, numbers) = await ReadAsync(database, collection.Key, cancellationToken).ConfigureAwait(false);
            foreach (var change in collection)
                numbers = numbers.After(change);
            plan._changes.Add((collection.Key, revision, numbers));
        }

        return plan;
    }

    /// <summary>The statements, which go before those that write documents.</summary>
    public BatchCommands Commands()
    {
        var commands = new BatchCommands();
        foreach (var (collection, revision, numbers) in _changes)
        {
            commands.Add(new NpgsqlBatchCommand($"select case when revision <> $2 then {_schema}.refuse('{Refusal.Generations}', 0, 0, revision, '') end from {_schema}.collections where name = $1")
            {
                Parameters = { Text(collection), new NpgsqlParameter<long> { TypedValue = revision } },
            }, Answer.Ignored);
            commands.Add(new NpgsqlBatchCommand($"update {_schema}.collections set revision = revision + 1 where name = $1") { Parameters = { Text(collection) } });
            // The index on the live generation holds at every moment, so the old one steps down before the new one steps up.
            commands.Add(new NpgsqlBatchCommand($"update {_schema}.generations set state = 2 where collection = $1 and state < 2 and number <> all($2)")
            {
                Parameters = { Text(collection), new NpgsqlParameter<long[]> { TypedValue = [numbers.Live, .. numbers.Building] } },
            });
            commands.Add(new NpgsqlBatchCommand($"insert into {_schema}.generations (collection, number, state) select $1, n, 0 from unnest($2) n on conflict (collection, number) do nothing")
            {
                Parameters = { Text(collection), new NpgsqlParameter<long[]> { TypedValue = [.. numbers.Used] } },
            });
            commands.Add(new NpgsqlBatchCommand($"update {_schema}.generations set state = case when number = $2 then 1 when number = any($3) then 0 else 2 end where collection = $1 and number = any($4)")
            {
                Parameters =
                {
                    Text(collection),
                    new NpgsqlParameter<long> { TypedValue = numbers.Live },
                    new NpgsqlParameter<long[]> { TypedValue = [.. numbers.Building] },
                    new NpgsqlParameter<long[]> { TypedValue = [.. numbers.Used] },
                },
            });
        }

        return commands;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static async ValueTask<(long Revision, GenerationNumbers Numbers)> ReadAsync(PostgresDatabase database, string collection, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            $"select c.revision, g.number, g.state from {database.Schema}.collections c join {database.Schema}.generations g on g.collection = c.name where c.name = $1",
            parameters => parameters.Add(Text(collection)),
            static reader => (Revision: reader.GetInt64(0), Number: reader.GetInt64(1), State: reader.GetInt16(2)),
            cancellationToken).ConfigureAwait(false);
        return (
            rows[0].Revision,
            new(
                rows.Single(static row => row.State == 1).Number,
                [.. rows.Where(static row => row.State == 0).Select(static row => row.Number)],
                rows.Select(static row => row.Number).ToImmutableHashSet()));
    }
}
