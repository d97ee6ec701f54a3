using System.Security.Cryptography.X509Certificates;

namespace Protean.Brokers.TestServer;

/// <summary>The files and the environment that a node starts with.</summary>
internal static class NodeConfiguration
{
    public static async Task WriteAsync(string root, NodePorts ports, string user, string password, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        await WriteAsync(Path.Combine(root, "certificate.pem"), certificate.ExportCertificatePem(), cancellationToken);
        using var key = certificate.GetECDsaPrivateKey()!;
        await WriteAsync(Path.Combine(root, "key.pem"), key.ExportPkcs8PrivateKeyPem(), cancellationToken);
        await WriteAsync(Path.Combine(root, "plugins"), "[].\n", cancellationToken);
        await WriteAsync(
            Path.Combine(root, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{ports.Amqp}
            listeners.ssl.1 = 127.0.0.1:{ports.Amqps}
            ssl_options.cacertfile = {root}/certificate.pem
            ssl_options.certfile = {root}/certificate.pem
            ssl_options.keyfile = {root}/key.pem
            default_user = {user}
            default_pass = {password}
            disk_free_limit.absolute = 1MB
            raft.wal_max_size_bytes = 67108864

            """,
            cancellationToken);
    }

    public static IEnumerable<string> Environment(string root, NodePorts ports) =>
    [
        $"PATH={System.Environment.GetEnvironmentVariable("PATH")}:/usr/bin:/bin:/usr/sbin:/sbin",
        $"HOME={root}",
        "LANG=C.UTF-8",
        $"ERL_EPMD_PORT={ports.Epmd}",
        "ERL_EPMD_ADDRESS=127.0.0.1",
        $"RABBITMQ_NODENAME=protean-{ports.Amqp}@localhost",
        $"RABBITMQ_DIST_PORT={ports.Distribution}",
        "RABBITMQ_CONF_ENV_FILE=/dev/null",
        $"RABBITMQ_CONFIG_FILE={root}/rabbitmq.conf",
        $"RABBITMQ_ENABLED_PLUGINS_FILE={root}/plugins",
        $"RABBITMQ_MNESIA_BASE={root}/data",
        $"RABBITMQ_LOG_BASE={root}",
        $"RABBITMQ_LOGS={root}/log",
        $"RABBITMQ_PID_FILE={root}/node.pid",
        // The start script then becomes the server, and does not wait for it; no input is read all the same.
        "RABBITMQ_ALLOW_INPUT=1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-noinput -kernel inet_dist_use_interface {127,0,0,1}",
    ];

    private static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(path, text, cancellationToken);
        // The server's user has to read what we wrote; the directory keeps everybody else out.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }
}
