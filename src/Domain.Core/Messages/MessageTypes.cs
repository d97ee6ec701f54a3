using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Protean.Storage;

namespace Protean;

/// <summary>The message types of a domain. CLR types are found here only, never by text from stored data.</summary>
public sealed class MessageTypes
{
    private readonly FrozenDictionary<Type, MessageType> _byType;
    private readonly FrozenDictionary<string, (MessageType Type, int Version)> _byName;
    private readonly MessageSettings _settings;

    internal MessageTypes(IReadOnlyCollection<MessageType> types, IReadOnlyDictionary<string, (MessageType, int)> names, MessageSettings settings)
    {
        _byType = types.ToFrozenDictionary(t => t.ClrType);
        _byName = names.ToFrozenDictionary();
        _settings = settings;
    }

    /// <summary>Every registered type.</summary>
    public IReadOnlyCollection<MessageType> All => _byType.Values;

    internal MessageSettings Settings => _settings;

    /// <summary>The names under which messages of a CLR type may stand in a store: today's, older versions', former ones.</summary>
    public IEnumerable<string> NamesOf(Type clrType) => _byName.Where(n => n.Value.Type.ClrType == clrType).Select(n => n.Key);

    /// <summary>The registered type of a CLR type.</summary>
    /// <exception cref="UnregisteredTypeException">The type is not part of the domain.</exception>
    public MessageType Of(Type clrType) => _byType.TryGetValue(clrType, out var type) ? type : throw new UnregisteredTypeException(clrType);

    /// <summary>The registered type of a name in the store, if there is one.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out MessageType? type)
    {
        var found = _byName.TryGetValue(name, out var entry);
        type = entry.Type;
        return found;
    }

    internal bool IsRegistered(Type clrType) => _byType.ContainsKey(clrType);

    internal byte[] Write(MessageType type, object payload)
    {
        var body = type.Write(payload);
        return body.Length < _settings.MaxMessageBytes ? body : throw new MessageTooLargeException(type.ClrType, body.Length, _settings.MaxMessageBytes);
    }

    /// <summary>Reads a stored message.</summary>
    /// <returns>The payload; nothing if nobody registered the type.</returns>
    /// <exception cref="CorruptMessageException">The body does not match its checksum.</exception>
    /// <exception cref="MessageFormatException">The body is not what the type needs.</exception>
    internal object? Read(StoredMessage message)
    {
        if (!_byName.TryGetValue(message.Type, out var entry))
            return null;
        var body = message.Body.Span;
        if (message.Checksum is { } stored && Checksum.Compute(body) is var actual && actual != stored)
            throw new CorruptMessageException(message, stored, actual);
        try
        {
            var payload = entry.Type.Read(body, entry.Version);
            CountUnknownMembers(entry.Type.ClrType, message);
            return payload;
        }
        catch (Exception e)
        {
            UnknownMembers.Take();
            throw new MessageFormatException(entry.Type.ClrType, "cannot be read from the store", e, Where(message));
        }
    }

    /// <summary>Reads JSON that comes from outside: members the type does not know are refused.</summary>
    /// <exception cref="MessageFormatException">The JSON is not what the type needs.</exception>
    internal object ReadInput(ReadOnlySpan<byte> json, Type clrType)
    {
        _ = Of(clrType);
        try
        {
            return JsonSerializer.Deserialize(json, _settings.Input.GetTypeInfo(clrType)) ?? throw new JsonException("The JSON is null.");
        }
        catch (Exception e)
        {
            throw new MessageFormatException(clrType, "cannot be read from this input", e);
        }
    }

    private static string Where(StoredMessage message) => $"message {message.Id} of type {message.Type} at {message.Stream}:{message.Position}";

    private void CountUnknownMembers(Type type, StoredMessage message)
    {
        var unknown = UnknownMembers.Take();
        // What others add to their messages is theirs.
        if (unknown.Count == 0 || _byType[type].IsForeign)
            return;
        if (_settings.UnknownMembers == UnknownMemberPolicy.Refuse)
            throw new JsonException($"It has members that {type.Name} does not know: {string.Join(", ", unknown)}. Rename them with [FormerName], or raise [SchemaVersion] and upcast");
        Telemetry.UnknownMembers.Add(unknown.Count, new KeyValuePair<string, object?>("protean.type", message.Type));
    }
}

/// <summary>A type is used that is no part of the domain.</summary>
public sealed class UnregisteredTypeException(Type type)
    : ProteanException($"{type.Name} is not registered: declare it with domain.Event<{type.Name}>(), with .Raises<{type.Name}>() on its aggregate, or by handling it.")
{
    /// <summary>The type.</summary>
    public Type Type { get; } = type;
}

/// <summary>A message is larger than the domain allows.</summary>
public sealed class MessageTooLargeException(Type type, int bytes, int limit)
    : ProteanException($"{type.Name} takes {bytes} bytes as JSON, and messages must stay below {limit}: store large content elsewhere and refer to it, or raise MaxMessageBytes.")
{
    /// <summary>The type of the message.</summary>
    public Type Type { get; } = type;

    /// <summary>How many bytes it takes.</summary>
    public int Bytes { get; } = bytes;
}

/// <summary>The stored bytes of a message do not match their checksum.</summary>
public sealed class CorruptMessageException(StoredMessage message, uint stored, uint actual)
    : ProteanException($"Message {message.Id} of type {message.Type} at {message.Stream}:{message.Position} was altered: its checksum is {actual:x8}, and {stored:x8} was stored with it.")
{
    /// <summary>The id of the message.</summary>
    public Guid MessageId { get; } = message.Id;
}
