namespace Protean.Brokers.RabbitMq;

/// <summary>What a consumer consumes, and what it shares with the broker.</summary>
internal sealed class ConsumerSource(BrokerGroup group, int partition, Func<string, Exception?, BrokerUnavailableException> unavailable, TimeSpan closeTimeout, TimeProvider time, ILogger logger)
{
    private readonly HashSet<string> _domains = [.. group.Topics.Select(static topic => Routing.DomainOf(topic).ToString())];

    public BrokerGroup Group => group;

    public string Queue { get; } = GroupTopology.Queue(group.Name, partition);

    public ILogger Logger => logger;

    /// <summary>Whether a message is for the group. What somebody else's binding has brought, or nobody's, was meant to come.</summary>
    public bool Hears(BrokerMessage message, string exchange) => group.Hears(message.Topic) || !_domains.Contains(exchange);

    /// <summary>
    /// Whether a message has come because no binding says as little as it should: its topic is one of the group's and a word more, where a slot would stand. With a slot behind it another binding has brought it.
    /// </summary>
    public bool IsTooMuch(BrokerMessage message, string routingKey) => !Routing.HasSlot(routingKey) && message.Topic.LastIndexOf('.') is > 0 and var end && group.Hears(message.Topic[..end]);

    public BrokerUnavailableException Unavailable(string reason, Exception? error = null) => unavailable(reason, error);

    /// <summary>Ends the channel, within a time; the server does it when the connection ends, too.</summary>
    public async ValueTask CloseAsync(IChannel channel)
    {
        try
        {
            await CloseNowAsync(channel).WaitAsync(closeTimeout, time).ConfigureAwait(false);
        }
        catch (Exception error) when (RabbitMqFaults.IsFault(error))
        {
        }
    }

    private static async Task CloseNowAsync(IChannel channel)
    {
        if (channel.IsOpen)
            await channel.CloseAsync().ConfigureAwait(false);
        await channel.DisposeAsync().ConfigureAwait(false);
    }
}
