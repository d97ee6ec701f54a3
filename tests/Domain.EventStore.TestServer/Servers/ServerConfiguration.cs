using System.Globalization;

namespace Protean.EventStore.TestServer;

/// <summary>The lines of postgresql.conf that differ from PostgreSQL's defaults.</summary>
internal static class ServerConfiguration
{
    public static Task AppendAsync(string file, PostgresServerOptions options, CancellationToken cancellationToken) =>
        File.AppendAllLinesAsync(file, Settings(options).Select(s => $"{s.Key} = '{Quote(s.Value)}'"), cancellationToken);

    private static IEnumerable<KeyValuePair<string, string>> Settings(PostgresServerOptions options)
    {
        yield return new("listen_addresses", "127.0.0.1");
        yield return new("unix_socket_directories", "");
        yield return new("max_connections", options.MaxConnections.ToString(CultureInfo.InvariantCulture));
        if (!options.Durable)
        {
            yield return new("fsync", "off");
            yield return new("synchronous_commit", "off");
            yield return new("full_page_writes", "off");
        }
        foreach (var setting in options.Settings)
            yield return setting;
    }

    private static string Quote(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
}
