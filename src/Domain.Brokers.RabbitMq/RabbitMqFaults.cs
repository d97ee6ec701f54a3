using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Protean.Brokers.RabbitMq;

/// <summary>Turns what the driver throws into what the port promises to throw.</summary>
internal static class RabbitMqFaults
{
    /// <summary>Whether an exception came from the server or from the way to it. A wait that nobody has cancelled has run out of time.</summary>
    public static bool IsFault(Exception error) =>
        error is RabbitMQClientException or IOException or SocketException or AuthenticationException or TimeoutException or OperationCanceledException;

    /// <summary>What the server has said about the end of a connection or channel.</summary>
    public static string Explain(ShutdownEventArgs shutdown) => $"{shutdown.ReplyText.TrimEnd('.')} ({shutdown.ReplyCode})";

    /// <summary>Whether the server will not have what is to be declared, which time does not change.</summary>
    public static bool IsOfTopology(Exception error) =>
        error is OperationInterruptedException { ShutdownReason.ReplyCode: Constants.PreconditionFailed or Constants.ResourceLocked };

    public static BrokerUnavailableException Unavailable(string broker, AmqpAddress address, Exception error) =>
        error as BrokerUnavailableException ?? new(broker, Problem(address, error), error);

    public static string Problem(AmqpAddress address, Exception error) => error switch
    {
        AuthenticationFailureException or PossibleAuthenticationFailureException => $"it refuses the user '{address.User}', or its password",
        OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.NotAllowed } reason } => $"it does not let the user '{address.User}' use the virtual host '{address.VirtualHost}' ({reason.ReplyText})",
        OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.AccessRefused } reason } => $"it does not let the user '{address.User}' do that ({reason.ReplyText}); the user has to be allowed to configure, write and read",
        OperationInterruptedException { ShutdownReason: { } reason } => Explain(reason),
        AuthenticationException when !error.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) => $"it does not speak TLS there ({error.Message.TrimEnd('.')}): the port for amqps:// is 5671 as a rule",
        AuthenticationException => $"its certificate is not accepted ({error.Message.TrimEnd('.')}): trust who has signed it with TrustedCertificates, and call the host by the name that stands in it",
        TimeoutException { InnerException: null } => error.Message.TrimEnd('.'),
        OperationCanceledException or TimeoutException => "it has not answered in time",
        BrokerUnreachableException { InnerException: { } inner } => Problem(address, inner),
        AggregateException { InnerException: { } inner } => Problem(address, inner),
        ConnectFailureException { InnerException: { } inner } => Problem(address, inner),
        IOException { InnerException: { } inner } => Problem(address, inner),
        SocketException => $"{error.Message.TrimEnd('.')} (is it running, and is its address right?)",
        _ => error.Message.TrimEnd('.'),
    };
}
