using System.Data.Common;

namespace Protean.EventStore.Tests.Writing;

/// <summary>SQL as users write it in a unit of work.</summary>
internal static class UserWork
{
    public static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    public static Func<DbConnection, DbTransaction, CancellationToken, Task> Of(string sql) => (connection, transaction, _) => RunAsync(connection, transaction, sql);
}
