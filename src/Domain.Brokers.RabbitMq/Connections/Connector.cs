namespace Protean.Brokers.RabbitMq;

/// <summary>Makes connections, as the options say.</summary>
internal sealed class Connector
{
    private readonly ConnectionFactory _factory;
    private readonly string _clientName;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public Connector(RabbitMqOptions options, TimeProvider time)
    {
        _timeout = options.ConnectTimeout;
        _time = time;
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

    /// <summary>Connects within the time there is for it: the driver itself would wait for a server that says nothing.</summary>
    public async Task<IConnection> ConnectAsync(string purpose, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var connecting = _factory.CreateConnectionAsync($"{_clientName}.{purpose}", either.Token);
        try
        {
            return await connecting.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = DropAsync(connecting);
            throw;
        }
    }

    private static async Task DropAsync(Task<IConnection> connecting)
    {
        try
        {
            await (await connecting.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error))
        {
        }
    }

    private SslOption Tls(RabbitMqOptions options)
    {
        var tls = new SslOption(Address.Host, enabled: true) { Certs = options.ClientCertificates };
        if (options.TrustedCertificates is { } trusted)
            tls.CertificateValidationCallback = new ServerTrust([.. trusted]).Accepts;
        return tls;
    }
}
