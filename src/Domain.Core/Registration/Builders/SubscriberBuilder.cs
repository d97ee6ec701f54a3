using Protean.Brokers;

namespace Protean;

/// <summary>
/// Declares a subscriber: it takes messages of other programs from the broker into its inbox, and handles them as events. Each has its effects once, however often it comes.
/// </summary>
public sealed class SubscriberBuilder : EventHandlerBuilder<SubscriberBuilder>, IEventHandlerDraft
{
    private readonly SubscriberDraft _draft;

    internal SubscriberBuilder(DomainBuilder domain, IReadOnlyList<string> topics)
        : base(domain) => _draft = new(topics);

    internal override Type? PartOf => null;

    internal override string DisplayName => NameOr(_draft.DefaultName);

    SubscriberDraft? IEventHandlerDraft.Subscriber => _draft;

    // Whoever sends the messages does not wait for them.
    HandlerMode IEventHandlerDraft.ModeIn(EventProcessing processing) => HandlerMode.Engine;

    IEnumerable<string> IEventHandlerDraft.Problems => Problems();

    /// <summary>
    /// Says what a type of theirs is here, by the name it has in the envelope. Its data is kept as it came and read as JSON when it is handled, so that what cannot be read is a
    /// failure like any other. Members that the type does not know are left out. Several names can be one type; those that end with <c>.v2</c> and the like are versions of it.
    /// </summary>
    public SubscriberBuilder Message<TMessage>(string type) where TMessage : IEvent => Message(typeof(TMessage), type, null);

    /// <summary>
    /// Says what a type of theirs is here, and translates it: what is kept and handled is yours alone. What it throws on goes to the dead letters of the group at the broker, from
    /// where it can be requeued.
    /// </summary>
    public SubscriberBuilder Message<TMessage>(string type, Func<CloudEvent, TMessage> translate) where TMessage : IEvent
    {
        ArgumentNullException.ThrowIfNull(translate);
        return Message(typeof(TMessage), type, cloudEvent => translate(cloudEvent));
    }

    /// <summary>
    /// Reads messages that are no CloudEvents. Each needs an id that is the same when it comes again: programs that give theirs none have one made from what it says.
    /// Default: the JSON form of CloudEvents 1.0, compressed with gzip or not.
    /// </summary>
    public SubscriberBuilder Envelope(Func<BrokerMessage, CloudEvent> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        _draft.Open = open;
        return this;
    }

    /// <summary>Takes over headers of theirs: everything that follows from the message has them, too. Default: none.</summary>
    public SubscriberBuilder AcceptHeaders(params string[] names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _draft.Headers.UnionWith(names);
        return this;
    }

    /// <summary>Names the group at the broker: nodes of one group share its messages. Default: the domain and the name, as in <c>stock.payments</c>.</summary>
    public SubscriberBuilder Group(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _draft.Group = name;
        return this;
    }

    private SubscriberBuilder Message(Type message, string type, Func<CloudEvent, object>? translate)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        if (!_draft.Types.TryAdd(type, (message, translate)))
        {
            Domain.AddProblem($"Subscriber {DisplayName} is told twice what '{type}' is: {_draft.Types[type].Type.Name} and {message.Name}. Take one away.");
            return this;
        }

        var declared = Domain.Message(message);
        if (translate is null)
            declared.ForeignNames.Add(type);
        else
            declared.IsTranslated = true;
        return this;
    }

    private IEnumerable<string> Problems()
    {
        if (Settings.Mode is not null || Settings.IsDurable || Settings.Order is not null)
            yield return $"Subscriber {DisplayName} is told when to run, but its messages come from the broker, and the Engine calls it: take that away.";
        if (Settings.Categories.Count + Settings.CategoryTypes.Count > 0 || Settings.Source is not null || Settings.SourceType is not null)
            yield return $"Subscriber {DisplayName} is told a category of this domain, but handles what comes under its topics: take that away, or declare an event handler for it.";
        if (Declared.StartFrom is not null)
            yield return $"Subscriber {DisplayName} is told where to start, but its inbox begins with it, and everything in there is to be handled: take that away.";
        if (Settings.FormerNames.Count > 0)
            yield return $"Subscriber {DisplayName} was formerly named '{Settings.FormerNames[0]}', but the name is that of its inbox: keep the former one with .Named(\"{Settings.FormerNames[0]}\").";
    }
}

/// <summary>A subscriber, as declared.</summary>
internal sealed class SubscriberDraft(IReadOnlyList<string> topics)
{
    public IReadOnlyList<string> Topics => topics;

    public string? Group { get; set; }

    public Func<BrokerMessage, CloudEvent>? Open { get; set; }

    public HashSet<string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What types of theirs are here, and how they are translated; nothing is as they are.</summary>
    public Dictionary<string, (Type Type, Func<CloudEvent, object>? Translate)> Types { get; } = new(StringComparer.Ordinal);

    public string DefaultName => topics.Count == 0 ? "(unnamed)" : DomainNaming.Snake(topics[0][(topics[0].IndexOf('.', StringComparison.Ordinal) + 1)..]);
}
