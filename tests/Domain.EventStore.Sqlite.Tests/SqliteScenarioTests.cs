using Microsoft.Data.Sqlite;
using Protean.EventStore.Conformance.Scenarios;

namespace Protean.EventStore.Sqlite.Tests;

public sealed class SqliteScenarioDTests() : ScenarioDConformance(new SqliteScenarioHarness());

public sealed class SqliteScenarioITests() : ScenarioIConformance(new SqliteScenarioHarness());

internal sealed class SqliteScenarioHarness : IScenarioHarness
{
    private readonly TempFile _file = new();

    public void Use(DomainBuilder domain) => domain.UseSqlite(_file.Path);

    public async Task AlterSecondMessageAsync(string body, bool keepsChecksum)
    {
        await using var connection = new SqliteConnection($"Data Source={_file.Path};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE protean_messages SET body = CAST($body AS BLOB){(keepsChecksum ? "" : ", checksum = NULL")} WHERE position = 1";
        command.Parameters.AddWithValue("$body", body);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
