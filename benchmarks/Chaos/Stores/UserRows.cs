using System.Data.Common;
using Protean.Storage;

namespace Protean.Benchmarks.Chaos.Stores;

/// <summary>A table of the user's own beside the store's, written by SQL within commits. Nothing in it keeps a row from being there twice.</summary>
internal sealed class UserRows(StoreAddress address)
{
    public async Task CreateAsync(IEventStore store, CancellationToken cancellationToken) =>
        await store.CommitAsync(Work($"CREATE TABLE {address.RowsTable} (tag TEXT NOT NULL)"), cancellationToken);

    /// <summary>Adds a row, and thinks for a while before the commit goes on.</summary>
    public Func<DbConnection, DbTransaction, CancellationToken, Task> Insert(string tag, TimeSpan pause) => async (connection, transaction, cancellationToken) =>
    {
        try
        {
            await using var command = Command(connection, transaction, $"INSERT INTO {address.RowsTable} (tag) VALUES (@tag)");
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("@tag", tag);
            command.Parameters.Add(parameter);
            await command.ExecuteNonQueryAsync(cancellationToken);
            await Task.Delay(pause, cancellationToken);
        }
        catch (DbException error)
        {
            throw new UserRowException(error);
        }
    };

    public async Task<IReadOnlyList<string>> ReadAsync(IEventStore store, CancellationToken cancellationToken)
    {
        var tags = new List<string>();
        await store.CommitAsync(
            new()
            {
                UserWork =
                [
                    async (connection, transaction, token) =>
                    {
                        await using var command = Command(connection, transaction, $"SELECT tag FROM {address.RowsTable}");
                        await using var reader = await command.ExecuteReaderAsync(token);
                        while (await reader.ReadAsync(token))
                            tags.Add(reader.GetString(0));
                    },
                ],
            },
            cancellationToken);
        return tags;
    }

    private static Commit Work(string sql) => new()
    {
        UserWork =
        [
            async (connection, transaction, cancellationToken) =>
            {
                await using var command = Command(connection, transaction, sql);
                await command.ExecuteNonQueryAsync(cancellationToken);
            },
        ],
    };

    private static DbCommand Command(DbConnection connection, DbTransaction transaction, string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        return command;
    }
}

/// <summary>The user's own SQL has failed, so that the commit cannot have been taken.</summary>
internal sealed class UserRowException(DbException error) : Exception(error.Message, error);
