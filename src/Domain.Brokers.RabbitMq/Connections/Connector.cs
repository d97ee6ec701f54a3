namespace Protean.Brokers.RabbitMq;

/// <summary>Makes connections, as the options say.</summary>
internal sealed class Connector
{
    private readonly ConnectionFactory _factory;
    private readonly string _clientName;

    public Connector(RabbitMqOptions options)
    {
        _clientName = options.ClientName;
        Address = AmqpAddress.Parse(options.Uri);
        _factory = new()
        {
            HostName = Address.Host,
            Port = Address.Port,
            VirtualHost = Address.VirtualHost,
            UserName = Address.User,
            Password = Address.Password,
            // A recovered consumer would go on as if nothing had been lost, while what it had not settled comes again.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = options.Heartbeat,
            RequestedConnectionTimeout = options.ConnectTimeout,
            HandshakeContinuationTimeout = options.ConnectTimeout,
            ContinuationTimeout = options.ConnectTimeout,
        };
        if (Address.Tls)
            _factory.Ssl = Tls(options);
    }

    public AmqpAddress Address { get; }

    public Task<IConnection> ConnectAsync(string purpose, CancellationToken cancellationToken) =>
        _factory.CreateConnectionAsync($"{_clientName}.{purpose}", cancellationToken);

    private SslOption Tls(RabbitMqOptions options)
    {
        var tls = new SslOption(Address.Host, enabled: true) { Certs = options.ClientCertificates };
        if (options.TrustedCertificates is { } trusted)
            tls.CertificateValidationCallback = new ServerTrust([.. trusted]).Accepts;
        return tls;
    }
}
