using System.Security.Cryptography.X509Certificates;

namespace Protean.Brokers.RabbitMq;

/// <summary>How a domain uses RabbitMQ.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>
    /// The server, the virtual host and who connects: <c>amqp://user:password@host:5672/virtual-host</c>, or <c>amqps://…</c> for TLS. What stands in front of and behind
    /// the host is percent-encoded; without a virtual host it is <c>/</c>.
    /// </summary>
    public string Uri { get; set; } = "";

    /// <summary>What the server shows for the connections. Default: <c>protean</c>.</summary>
    public string ClientName { get; set; } = "protean";

    /// <summary>How long making a connection can take, and any answer but a confirmation. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a batch waits until the server has confirmed all of it. Default: 30 seconds.</summary>
    public TimeSpan ConfirmTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long closing can take before connections are dropped. Default: 5 seconds.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often each side says that it is there; one that is silent for twice that long counts as gone. Default: 20 seconds.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How many batches can be on their way at once. Default: 4.</summary>
    public int PublishChannels { get; set; } = 4;

    /// <summary>The most bytes in a body; a larger one is refused. Default: 16 MiB, which is what a server accepts unless it is told otherwise.</summary>
    public int MaxMessageBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Who may have signed the server's certificate. Default: whom the machine trusts.</summary>
    public X509Certificate2Collection? TrustedCertificates { get; set; }

    /// <summary>What the server is shown of us, where it asks for certificates.</summary>
    public X509Certificate2Collection? ClientCertificates { get; set; }

    internal void Check()
    {
        _ = AmqpAddress.Parse(Uri);
        if (string.IsNullOrWhiteSpace(ClientName))
            throw new ArgumentException("ClientName of the RabbitMQ broker is empty: the server shows it for the connections.", nameof(ClientName));
        CheckTime(ConnectTimeout, TimeSpan.FromMilliseconds(1), nameof(ConnectTimeout));
        CheckTime(ConfirmTimeout, TimeSpan.FromMilliseconds(1), nameof(ConfirmTimeout));
        CheckTime(CloseTimeout, TimeSpan.FromMilliseconds(1), nameof(CloseTimeout));
        // The protocol counts in whole seconds, and none would mean never.
        CheckTime(Heartbeat, TimeSpan.FromSeconds(1), nameof(Heartbeat));
        CheckAtLeastOne(PublishChannels, nameof(PublishChannels));
        CheckAtLeastOne(MaxMessageBytes, nameof(MaxMessageBytes));
    }

    private static void CheckAtLeastOne(int value, string option)
    {
        if (value < 1)
            throw new ArgumentException($"{option} of the RabbitMQ broker is {value}, and must be 1 or more.", option);
    }

    private static void CheckTime(TimeSpan value, TimeSpan least, string option)
    {
        if (value < least || value > TimeSpan.FromHours(1))
            throw new ArgumentException($"{option} of the RabbitMQ broker is {value}, and must lie between {least} and an hour.", option);
    }
}
