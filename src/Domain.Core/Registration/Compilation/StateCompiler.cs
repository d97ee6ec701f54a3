using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Protean.Storage;

namespace Protean;

/// <summary>Works out how states are stored: their JSON, their upcasters and their indexes.</summary>
internal sealed class StateCompiler(StateFormat format, JsonSerializerOptions stored, UnknownMemberPolicy unknownMembers, List<string> findings)
{
    public StoredState? Compile(StateDraft draft)
    {
        var version = draft.Type.GetCustomAttribute<SchemaVersionAttribute>()?.Version ?? 1;
        if (version < 1)
            findings.Add($"{draft.Type.Name} has [SchemaVersion({version})]: versions begin with 1.");
        for (var from = 1; from < version; from++)
        {
            if (!draft.Upcasters.ContainsKey(from))
                findings.Add($"{draft.Type.Name} has schema version {version} but no upcaster from version {from}: add .Upcast({from}, json => …).");
        }

        foreach (var from in draft.Upcasters.Keys.Where(from => from < 1 || from >= version))
            findings.Add($"{draft.Type.Name} has an upcaster from version {from}, but its schema version is {version}: raise [SchemaVersion], or remove the upcaster.");
        try
        {
            findings.AddRange(JsonRoundTrip.ProblemsOf(format.Options.GetTypeInfo(draft.Type)));
            return new StoredState(draft.Type, version, format, stored, draft.Upcasters, unknownMembers);
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or JsonException or ArgumentException)
        {
            findings.Add($"The state of {draft.Type.Name} cannot be stored as JSON: {e.Message} Change the member, or mark it [JsonIgnore].");
            return null;
        }
    }

    public IReadOnlyList<IndexDefinition> Indexes(StateDraft draft)
    {
        List<IndexDefinition> indexes = [];
        foreach (var (members, unique) in draft.Indexes)
        {
            try
            {
                var paths = Members(members.Body).Select(m => MemberPath.Resolve(m, members.Parameters[0], format.Options)).ToArray();
                var name = DomainNaming.Snake(string.Join("_", paths.SelectMany(p => p)));
                if (!CategoryNames.IsIdentifier(name))
                    findings.Add($"An index of {draft.Type.Name} cannot be made: it would be called '{name}', and the names of indexes have ASCII letters and digits only. Give the member such a name, or one in JSON with [JsonPropertyName].");
                indexes.Add(new(name.Length <= 50 ? name : name[..50], paths, unique));
            }
            catch (UntranslatableExpressionException e)
            {
                findings.Add($"An index of {draft.Type.Name} cannot be made: {e.Message}");
            }
        }

        foreach (var twice in indexes.GroupBy(i => i.Name).Where(g => g.Count() > 1))
            findings.Add($"{draft.Type.Name} declares the index '{twice.Key}' more than once: remove one.");
        return indexes;
    }

    private static Expression[] Members(Expression body) => body is NewExpression anonymous ? [.. anonymous.Arguments] : [body];
}
