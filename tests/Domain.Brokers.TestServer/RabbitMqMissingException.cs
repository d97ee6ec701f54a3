namespace Protean.Brokers.TestServer;

/// <summary>This machine has no RabbitMQ that can be used.</summary>
public sealed class RabbitMqMissingException : Exception
{
    internal RabbitMqMissingException(IEnumerable<string> searched)
        : base("No RabbitMQ was found (rabbitmq-server, and the epmd of Erlang). "
            + "Install it with 'apt-get install rabbitmq-server'; "
            + "or name a running server in the environment variable PROTEAN_RABBITMQ, as in 'amqp://protean:protean@localhost:5672'; "
            + "or start that one with 'docker compose up -d --wait'. "
            + $"Searched: {string.Join(", ", searched)}.")
    {
    }
}
