namespace Protean.Benchmarks.Load.Nodes;

/// <summary>Where the log of a node is. It goes by the environment, so that no password stands in a command line.</summary>
internal sealed record NodeAddress(string ConnectionString, string Schema)
{
    private const string ConnectionStringVariable = "PROTEAN_LOAD_CONNECTION";
    private const string SchemaVariable = "PROTEAN_LOAD_SCHEMA";

    public static NodeAddress? FromEnvironment() =>
        Environment.GetEnvironmentVariable(ConnectionStringVariable) is { } connection && Environment.GetEnvironmentVariable(SchemaVariable) is { } schema
            ? new(connection, schema)
            : null;

    public void WriteTo(IDictionary<string, string?> environment)
    {
        environment[ConnectionStringVariable] = ConnectionString;
        environment[SchemaVariable] = Schema;
    }
}
