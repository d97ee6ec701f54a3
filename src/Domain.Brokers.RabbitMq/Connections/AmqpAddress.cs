namespace Protean.Brokers.RabbitMq;

/// <summary>What an amqp URI says. Its text, with the password, is never part of a message.</summary>
internal sealed record AmqpAddress(string Host, int Port, bool Tls, string VirtualHost, string User, string Password)
{
    private const int AmqpPort = 5672;
    private const int AmqpsPort = 5671;

    public static AmqpAddress Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw Refuse("it is empty");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
            throw Refuse("it cannot be read");
        var tls = uri.Scheme == "amqps";
        if (!tls && uri.Scheme != "amqp")
            throw Refuse($"its scheme is '{uri.Scheme}'");
        if (uri.Host.Length == 0)
            throw Refuse("it names no host");
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            throw Refuse("it has a part after '?' or '#', which nothing reads");
        if (uri.AbsolutePath.LastIndexOf('/') > 0)
            throw Refuse("its virtual host contains '/': write it as '%2f'");
        var (user, password) = Credentials(uri.UserInfo);
        var virtualHost = uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : ConnectionFactory.DefaultVHost;
        return new(uri.IdnHost, uri.Port > 0 ? uri.Port : tls ? AmqpsPort : AmqpPort, tls, virtualHost, user, password);
    }

    /// <summary>Where it is, without who connects.</summary>
    public override string ToString() => $"{Host}:{Port}";

    private static (string User, string Password) Credentials(string userInfo)
    {
        if (userInfo.Length == 0)
            return (ConnectionFactory.DefaultUser, ConnectionFactory.DefaultPass);
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? (Uri.UnescapeDataString(userInfo), "")
            : (Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }

    private static ArgumentException Refuse(string problem) =>
        new($"The URI of the RabbitMQ broker cannot be used: {problem}. Write it as 'amqp://user:password@host:5672/virtual-host', or 'amqps://…' for TLS.");
}
