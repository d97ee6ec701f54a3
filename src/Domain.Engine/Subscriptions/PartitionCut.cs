using Protean.Storage;

namespace Protean.Engine;

/// <summary>What tells the partition of a message: its stream or, for some types of messages, a key in their payload.</summary>
internal sealed class PartitionCut
{
    /// <summary>How it is described that everything is cut by its stream.</summary>
    public const string ByStream = "stream";

    private const string Separator = "; ";
    private const string By = " by ";

    private readonly Dictionary<Type, PartitionKey> _keys;

    private PartitionCut(string description, Dictionary<Type, PartitionKey> keys)
    {
        Description = description;
        _keys = keys;
    }

    /// <summary>What tells it from another cut, in the store and among nodes.</summary>
    public string Description { get; }

    /// <summary>Whether only reading a message tells its partition.</summary>
    public bool HasKeys => _keys.Count > 0;

    /// <summary>As the handler declares it.</summary>
    public static PartitionCut Of(DeliveryDeclaration declaration, MessageTypes types)
    {
        var keys = declaration.PartitionKeys.Select(k => NameOf(types.All.FirstOrDefault(t => t.ClrType == k.Key)?.Name ?? k.Key.Name) + By + k.Value.Name).Order(StringComparer.Ordinal).ToArray();
        return new(keys.Length == 0 ? ByStream : string.Join(Separator, keys), declaration.PartitionKeys);
    }

    /// <summary>As it is described; none if the handler does not know one of the keys.</summary>
    public static PartitionCut? Read(string description, DeliveryDeclaration declaration, MessageTypes types)
    {
        Dictionary<Type, PartitionKey> keys = [];
        if (description == ByStream)
            return new(description, keys);
        foreach (var said in description.Split(Separator).Select(k => k.Split(By, 2)))
        {
            // Of a type that is not known any more nothing is handled, wherever it belongs.
            if (types.All.FirstOrDefault(t => types.NamesOf(t.ClrType).Any(n => NameOf(n) == said[0])) is not { } type)
                continue;
            if (Find(type.ClrType, said[^1], declaration) is not { } key)
                return null;
            keys[type.ClrType] = key;
        }

        return new(description, keys);
    }

    /// <summary>The partition of a message, if that can be told without its payload.</summary>
    public int? PartitionOf(StoredMessage message, int partitions) =>
        partitions == 1 ? 0 : HasKeys ? null : StreamName.StableHash(message.Stream.Value) % partitions;

    /// <summary>What messages wait behind each other by: a key in the payload, or their stream.</summary>
    public string KeyOf(StoredMessage stored, object payload) =>
        HasKeys && _keys.TryGetValue(payload.GetType(), out var key) ? key.Of(payload) ?? stored.Stream.Value : stored.Stream.Value;

    private static PartitionKey? Find(Type type, string name, DeliveryDeclaration declaration)
    {
        if (declaration.PartitionKeys.TryGetValue(type, out var declared) && declared.Name == name)
            return declared;
        return declaration.FormerPartitionKeys.Where(k => k.Type == type && k.Key.Name == name).Select(k => k.Key).FirstOrDefault() ?? PartitionKey.Find(type, name);
    }

    /// <summary>The name of a type without its version: a key is the same in the next one.</summary>
    private static string NameOf(string type)
    {
        var end = type.LastIndexOf(".v", StringComparison.Ordinal);
        return end > 0 && int.TryParse(type.AsSpan(end + 2), out _) ? type[..end] : type;
    }
}
