using System.Globalization;
using RabbitMQ.Client.Exceptions;

namespace Protean.Brokers.RabbitMq;

/// <summary>
/// What a group has on the server: a queue for each partition, and its dead letters. A group with several partitions has an exchange that sends each slot to its queue,
/// and what has no slot to the first.
/// </summary>
internal static class GroupTopology
{
    public static string Queue(string group, int partition) => string.Create(CultureInfo.InvariantCulture, $"{group}.{partition}");

    public static string Dead(string group) => $"{group}.dead";

    /// <summary>The name under which a group counts as declared, with all that its declaration depends on.</summary>
    public static string Signature(BrokerGroup group) => $"{group.Name} {group.Partitions} {string.Join(' ', group.Topics)}";

    public static async ValueTask DeclareDomainAsync(IChannel channel, string domain, CancellationToken cancellationToken) =>
        await channel.ExchangeDeclareAsync(domain, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken).ConfigureAwait(false);

    public static async ValueTask DeclareAsync(IChannel channel, BrokerGroup group, CancellationToken cancellationToken)
    {
        try
        {
            await DeclareDeadLettersAsync(channel, group, cancellationToken).ConfigureAwait(false);
            for (var partition = 0; partition < group.Partitions; partition++)
                await DeclareQueueAsync(channel, Queue(group.Name, partition), PartitionArguments(group.Name), cancellationToken).ConfigureAwait(false);
            if (group.Partitions > 1)
                await DeclareSlotsAsync(channel, group, cancellationToken).ConfigureAwait(false);
            await ListenAsync(channel, group, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationInterruptedException error) when (RabbitMqFaults.IsOfTopology(error))
        {
            throw new InvalidOperationException(
                $"The group '{group.Name}' cannot be declared with {group.Partitions} partitions: {error.ShutdownReason!.ReplyText}. A group keeps the partitions it began with: declare it with these, or give it another name.",
                error);
        }
    }

    private static async ValueTask DeclareDeadLettersAsync(IChannel channel, BrokerGroup group, CancellationToken cancellationToken)
    {
        var dead = Dead(group.Name);
        // Nothing goes that way. It is the one argument of an exchange that the server compares, and so keeps the number of partitions.
        var mark = new Dictionary<string, object?> { ["alternate-exchange"] = string.Create(CultureInfo.InvariantCulture, $"{group.Name}.of-{group.Partitions}") };
        await channel.ExchangeDeclareAsync(dead, ExchangeType.Fanout, durable: true, autoDelete: false, mark, cancellationToken: cancellationToken).ConfigureAwait(false);
        await DeclareQueueAsync(channel, dead, Arguments(), cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(dead, dead, "", cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask DeclareQueueAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken) =>
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);

    private static Dictionary<string, object?> Arguments() => new()
    {
        [Headers.XQueueType] = "quorum",
        // With a limit, what comes back stands in front again; newer servers set a low one by themselves, which workers that are ended often would reach.
        ["x-delivery-limit"] = int.MaxValue,
    };

    private static Dictionary<string, object?> PartitionArguments(string group) => new(Arguments())
    {
        ["x-single-active-consumer"] = true,
        ["x-dead-letter-exchange"] = Dead(group),
        // The dead letter is confirmed before it leaves its queue; the server wants no overflow that drops things with it.
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    private static async ValueTask DeclareSlotsAsync(IChannel channel, BrokerGroup group, CancellationToken cancellationToken)
    {
        var (slots, plain) = (Slots(group), $"{group.Name}.plain");
        await channel.ExchangeDeclareAsync(plain, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(Queue(group.Name, 0), plain, "", cancellationToken: cancellationToken).ConfigureAwait(false);
        var arguments = new Dictionary<string, object?> { ["alternate-exchange"] = plain };
        await channel.ExchangeDeclareAsync(slots, ExchangeType.Topic, durable: true, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        for (var slot = 0; slot < BrokerGroup.Slots; slot++)
        {
            // Only the last answer is waited for: the server works on a channel in order.
            await channel.QueueBindAsync(Queue(group.Name, slot % group.Partitions), slots, $"#.{Routing.Slot(slot)}", noWait: slot < BrokerGroup.Slots - 1, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask ListenAsync(IChannel channel, BrokerGroup group, CancellationToken cancellationToken)
    {
        foreach (var topic in group.Topics)
        {
            var (domain, name) = (Routing.DomainOf(topic).ToString(), Routing.NameOf(topic));
            await DeclareDomainAsync(channel, domain, cancellationToken).ConfigureAwait(false);
            // A '*' is any word, be it no slot: the consumer drops the topics that say more than this.
            string[] keys = name == "*" ? ["#"] : [name, $"{name}.*"];
            foreach (var key in keys)
            {
                if (group.Partitions > 1)
                    await channel.ExchangeBindAsync(Slots(group), domain, key, cancellationToken: cancellationToken).ConfigureAwait(false);
                else
                    await channel.QueueBindAsync(Queue(group.Name, 0), domain, key, cancellationToken: cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static string Slots(BrokerGroup group) => $"{group.Name}.slots";
}
