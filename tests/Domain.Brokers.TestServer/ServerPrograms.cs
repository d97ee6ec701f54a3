namespace Protean.Brokers.TestServer;

/// <summary>The programs of an installed server. Those on the PATH of Debian are wrappers, which know one server for the whole machine.</summary>
internal sealed record ServerPrograms(string Server, string Epmd)
{
    private static readonly string[] _serverDirectories = ["/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin", "/usr/local/sbin"];

    private static readonly string[] _epmdDirectories = ["/usr/bin", "/usr/lib/erlang/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/erlang/lib/erlang/bin"];

    public static ServerPrograms Find() => Find(_serverDirectories, [.. _epmdDirectories, .. PathDirectories()]);

    public static ServerPrograms Find(IReadOnlyCollection<string> serverDirectories, IReadOnlyCollection<string> epmdDirectories) =>
        In(serverDirectories, "rabbitmq-server") is { } server && In(epmdDirectories, "epmd") is { } epmd
            ? new(server, epmd)
            : throw new RabbitMqMissingException(serverDirectories.Concat(epmdDirectories));

    private static string? In(IEnumerable<string> directories, string program) =>
        directories.Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    private static string[] PathDirectories() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
}
