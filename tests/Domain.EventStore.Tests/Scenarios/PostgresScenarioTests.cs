using Protean.EventStore.Conformance.Scenarios;
using Protean.EventStore.Tests.Conformance;
using Protean.EventStore.Tests.Stores;
using Xunit;

namespace Protean.EventStore.Tests.Scenarios;

public sealed class PostgresScenarioDTests(ConformanceDatabase database) : ScenarioDConformance(new PostgresScenarioHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresScenarioITests(ConformanceDatabase database) : ScenarioIConformance(new PostgresScenarioHarness(database)), IClassFixture<ConformanceDatabase>;

internal sealed class PostgresScenarioHarness(ConformanceDatabase database) : IScenarioHarness
{
    private readonly string _schema = database.NextSchema();
    private readonly Sql _sql = new(database.ConnectionString);

    public void Use(DomainBuilder domain) => domain.UsePostgres(options => (options.ConnectionString, options.Schema) = (database.ConnectionString, _schema));

    public Task AlterSecondMessageAsync(string body, bool keepsChecksum) =>
        _sql.RunAsync($"update {_schema}.messages set body = '{body}'{(keepsChecksum ? "" : ", checksum = null")} where position = 1");

    public ValueTask DisposeAsync() => _sql.DisposeAsync();
}
