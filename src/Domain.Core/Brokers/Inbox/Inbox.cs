using System.Security.Cryptography;
using System.Text;
using Protean.Storage;

namespace Protean.Brokers;

/// <summary>
/// Keeps what a subscriber was sent in the log of its domain, each message once: its id there is made from the one it came with. From there it is handled like any event, its
/// effects together with the position, so that no redelivery has an effect.
/// </summary>
internal sealed class Inbox(Domain domain, SubscriberModel subscriber)
{
    private const int MostRemembered = 100;

    private readonly HashSet<string> _passedOver = [];

    /// <summary>Reads a batch. What cannot be read is rejected.</summary>
    public InboxBatch Read(IReadOnlyList<BrokerDelivery> deliveries)
    {
        List<BrokerDelivery> rejected = [];
        var fresh = new Dictionary<Guid, Arrival>(deliveries.Count);
        foreach (var delivery in deliveries)
        {
            if (TryRead(delivery, rejected) is { } arrival && !fresh.TryAdd(arrival.Message.Id, arrival))
                Count("duplicate");
        }

        return new([.. fresh.Values], rejected);
    }

    /// <summary>Keeps what is new of a batch. When it returns, all of it can be acknowledged but what is rejected. If it fails, it can be called again.</summary>
    public ValueTask KeepAsync(InboxBatch batch, CancellationToken cancellationToken) => CommitAsync(batch.Arrivals, batch.Rejected, cancellationToken);

    private Arrival? TryRead(BrokerDelivery delivery, List<BrokerDelivery> rejected)
    {
        try
        {
            var cloudEvent = subscriber.Open(delivery.Message) ?? throw new CloudEventFormatException("the envelope of the subscriber has made nothing of it");
            Check(cloudEvent);
            if (subscriber.Types.TryGetValue(cloudEvent.Type, out var type))
                return Read(delivery, cloudEvent, type);
            Count("passed_over");
            // Their names are not ours to remember without end.
            if (_passedOver.Count < MostRemembered && _passedOver.Add(cloudEvent.Type))
                domain.Log.PassedOver(subscriber.Name, cloudEvent.Type, delivery.Message.Topic);
        }
        catch (Exception error)
        {
            Reject(delivery, error, rejected);
        }

        return null;
    }

    /// <summary>An envelope of the subscriber's own may leave out what the usual one has.</summary>
    private static void Check(CloudEvent cloudEvent)
    {
        if (string.IsNullOrEmpty(cloudEvent.Type) || string.IsNullOrEmpty(cloudEvent.Source))
            throw new CloudEventFormatException("the envelope of the subscriber has given it no type or no source");
        if (string.IsNullOrEmpty(cloudEvent.Id))
            throw new CloudEventFormatException("it has no id, by which it would be known when it comes again: let the envelope of the subscriber make one from what it says");
    }

    private Arrival Read(BrokerDelivery delivery, CloudEvent cloudEvent, ForeignType type)
    {
        var key = delivery.Message.Key is { Length: > 0 } given ? given : cloudEvent.Subject is { Length: > 0 } subject ? subject : cloudEvent.Id;
        return new(
            delivery,
            StreamName.Create(subscriber.Category, Fitting(key)),
            NewMessage.Create(IdOf(cloudEvent), type.StoredAs, MessageKind.Event, domain.Time.GetUtcNow(), BodyOf(cloudEvent, type), MetadataOf(delivery, cloudEvent)));
    }

    private ReadOnlyMemory<byte> BodyOf(CloudEvent cloudEvent, ForeignType type)
    {
        if (type.Translate is { } translate)
            return domain.Model.Types.Write(type.Type, translate(cloudEvent));
        if (!cloudEvent.HasJson)
            throw new CloudEventFormatException($"its data is of the media type '{cloudEvent.DataContentType}' and no JSON: translate it with .Message<{type.Type.ClrType.Name}>(\"{cloudEvent.Type}\", cloudEvent => …)");
        if (cloudEvent.Data.IsEmpty)
            throw new CloudEventFormatException("it has no data");
        var limit = domain.Model.Types.Settings.MaxMessageBytes;
        return cloudEvent.Data.Length < limit ? cloudEvent.Data : throw new MessageTooLargeException(type.Type.ClrType, cloudEvent.Data.Length, limit);
    }

    private MessageMetadata MetadataOf(BrokerDelivery delivery, CloudEvent cloudEvent)
    {
        Dictionary<string, string>? headers = null;
        foreach (var (name, value) in delivery.Message.Headers)
        {
            if (subscriber.Headers.TryGetValue(name, out var own))
                (headers ??= [])[own] = value;
        }

        return new()
        {
            CorrelationId = Extension("correlationid") ?? (cloudEvent.Id.Length <= CommitValidation.MaxNameLength ? cloudEvent.Id : IdOf(cloudEvent).ToString()),
            CausationId = Guid.TryParse(cloudEvent.Id, out var id) && id != Guid.Empty ? id : null,
            TraceParent = Extension("traceparent"),
            Headers = headers ?? MessageMetadata.NoHeaders,
        };

        string? Extension(string name) => cloudEvent.Extensions.TryGetValue(name, out var value) && value.Length is > 0 and <= CommitValidation.MaxNameLength ? value : null;
    }

    /// <summary>The same for the same message, and another one for another subscriber or another sender.</summary>
    private Guid IdOf(CloudEvent cloudEvent)
    {
        var identity = $"{subscriber.DurableName.Length}:{subscriber.DurableName}{cloudEvent.Source.Length}:{cloudEvent.Source}{cloudEvent.Id}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(identity), hash);
        // The bits that say how a UUID was made: by a rule of its own.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new(hash[..16], bigEndian: true);
    }

    private static string Fitting(string key)
    {
        if (key.Length <= StreamName.MaxIdLength && !key.Contains('\0', StringComparison.Ordinal))
            return key;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return string.Concat(key.AsSpan(0, Math.Min(key.Length, StreamName.MaxIdLength - hash.Length - 1)), ".", hash).Replace("\0", "", StringComparison.Ordinal);
    }

    private async ValueTask CommitAsync(IReadOnlyList<Arrival> arrivals, List<BrokerDelivery> rejected, CancellationToken cancellationToken)
    {
        while (arrivals.Count > 0)
        {
            try
            {
                await domain.CommitAsync(CommitOf(arrivals), cancellationToken).ConfigureAwait(false);
                Telemetry.Inbox.Add(arrivals.Count, Telemetry.Of(subscriber.Name), new("protean.outcome", "kept"));
                return;
            }
            catch (DuplicateMessageException)
            {
                arrivals = await NewOfAsync(arrivals, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is ArgumentException or CommitRefusedException && arrivals.Count == 1)
            {
                Reject(arrivals[0].Delivery, error, rejected);
                return;
            }
            catch (Exception error) when (error is ArgumentException or CommitRefusedException)
            {
                // One of them is to blame, and the others are kept, in their order.
                foreach (var arrival in arrivals)
                    await CommitAsync([arrival], rejected, cancellationToken).ConfigureAwait(false);
                return;
            }
        }
    }

    private static Commit CommitOf(IReadOnlyList<Arrival> arrivals) => new()
    {
        Appends = [.. arrivals.GroupBy(a => a.Stream).Select(g => new StreamAppend(g.Key, ExpectedVersion.Any, [.. g.Select(a => a.Message)]))],
    };

    private async ValueTask<IReadOnlyList<Arrival>> NewOfAsync(IReadOnlyList<Arrival> arrivals, CancellationToken cancellationToken)
    {
        List<Arrival> left = new(arrivals.Count);
        foreach (var arrival in arrivals)
        {
            if (await domain.Store.FindMessageAsync(arrival.Message.Id, cancellationToken).ConfigureAwait(false) is null)
                left.Add(arrival);
            else
                Count("duplicate");
        }

        return left;
    }

    private void Reject(BrokerDelivery delivery, Exception error, List<BrokerDelivery> rejected)
    {
        // A batch is kept again after the store was away.
        if (rejected.Contains(delivery))
            return;
        Count("rejected");
        domain.Log.Rejected(error, subscriber.Name, delivery.Message.Id, delivery.Message.Topic, subscriber.Group.Name);
        rejected.Add(delivery);
    }

    private void Count(string outcome) => Telemetry.Inbox.Add(1, Telemetry.Of(subscriber.Name), new("protean.outcome", outcome));
}

/// <summary>A message on its way into the log.</summary>
internal sealed record Arrival(BrokerDelivery Delivery, StreamName Stream, NewMessage Message);

/// <summary>What was read of a batch.</summary>
/// <param name="Arrivals">What is to be kept, unless it is there.</param>
/// <param name="Rejected">What cannot be kept.</param>
internal sealed record InboxBatch(IReadOnlyList<Arrival> Arrivals, List<BrokerDelivery> Rejected);
