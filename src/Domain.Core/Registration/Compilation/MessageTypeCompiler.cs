using System.Reflection;
using System.Text.Json;

namespace Protean;

/// <summary>Gives the message types their names and proves their upcasters complete.</summary>
internal sealed class MessageTypeCompiler(DomainBuilder domain, DomainNaming naming, MessageSettings settings, List<string> findings)
{
    private readonly Dictionary<string, (MessageType Type, int Version)> _names = [];

    public MessageTypes Compile()
    {
        List<MessageType> types = [];
        foreach (var draft in domain.Messages.Values)
        {
            if (Compile(draft) is { } type)
                types.Add(type);
        }

        return new(types, _names, settings);
    }

    private static string ClassName(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Fact<>)
        ? DomainNaming.ClassName(type.GetGenericArguments()[0]) + "Fact"
        : DomainNaming.ClassName(type);

    private MessageType? Compile(MessageTypeDraft draft)
    {
        var type = draft.ClrType;
        if (type.IsAbstract || type.IsGenericTypeDefinition)
        {
            findings.Add($"{type.Name} is declared as a message, but no instance of it can exist: declare the types that derive from it.");
            return null;
        }

        if (draft.Version < 1)
        {
            findings.Add($"{type.Name} has [SchemaVersion({draft.Version})]: versions begin with 1.");
            return null;
        }

        CheckCategory(draft);
        CheckUpcasters(draft);
        var name = draft.ExternalName ?? naming.TypeName(ClassName(type), draft.Version);
        MessageType message;
        try
        {
            message = new(draft, name, settings);
            findings.AddRange(JsonRoundTrip.ProblemsOf(settings.Stored.GetTypeInfo(type)));
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or JsonException or ArgumentException)
        {
            findings.Add($"{type.Name} cannot be written as JSON: {e.Message}");
            return null;
        }

        Register(name, message, draft.Version);
        foreach (var former in draft.FormerNames.Append(draft.ExternalName is null ? ClassName(type) : null).OfType<string>())
        {
            if (former.Contains('.', StringComparison.Ordinal))
            {
                Register(former, message, VersionIn(former) ?? draft.Version);
                continue;
            }

            for (var version = 1; version <= draft.Version; version++)
                Register(naming.TypeName(former, version), message, version);
        }

        foreach (var foreign in draft.ForeignNames)
            Register(foreign, message, VersionIn(foreign) is { } version && version >= 1 && version <= draft.Version ? version : draft.Version);
        return message;
    }

    private static int? VersionIn(string name) =>
        name.LastIndexOf(".v", StringComparison.Ordinal) is var dot and >= 0 && int.TryParse(name.AsSpan(dot + 2), out var version) ? version : null;

    private void Register(string name, MessageType type, int version)
    {
        if (name.Length > 200)
            findings.Add($"The type name '{name}' has {name.Length} characters, and 200 are the most.");
        if (!_names.TryAdd(name, (type, version)) && _names[name].Type != type)
            findings.Add($"{_names[name].Type.ClrType.FullName} and {type.ClrType.FullName} would both be stored as '{name}': rename one.");
    }

    private void CheckCategory(MessageTypeDraft draft)
    {
        if (draft.ClrType.GetCustomAttribute<EventCategoryAttribute>(inherit: true)?.Category is not { } category)
            return;
        if (!draft.IsEvent)
            findings.Add($"{draft.ClrType.Name} has an [EventCategory], but is no event: take the attribute away.");
        else if (!Enum.IsDefined(category))
            findings.Add($"{draft.ClrType.Name} has [EventCategory({(int)category})], which is no category: use {string.Join(", ", Enum.GetNames<EventCategory>())}.");
    }

    private void CheckUpcasters(MessageTypeDraft draft)
    {
        var name = draft.ClrType.Name;
        for (var from = Math.Max(1, draft.OldestVersion); from < draft.Version; from++)
        {
            if (!draft.Upcasters.ContainsKey(from))
                findings.Add($"{name} has schema version {draft.Version} but no upcaster from version {from}: add .Upcast({from}, json => …), or .StoredSince({from + 1}) if none is stored any more.");
        }

        foreach (var from in draft.Upcasters.Keys.Where(from => from < 1 || from >= draft.Version))
            findings.Add($"{name} has an upcaster from version {from}, but its schema version is {draft.Version}: raise [SchemaVersion], or remove the upcaster.");
    }
}
