namespace Protean;

/// <summary>What the bus needs to know of a type of event; found out once.</summary>
/// <param name="Name">The class name.</param>
/// <param name="Category">What it is about.</param>
/// <param name="IsRecorded">Whether it is appended to a stream before anybody hears of it.</param>
internal sealed record EventFacts(string Name, EventCategory Category, bool IsRecorded)
{
    public KeyValuePair<string, object?> NameTag { get; } = new("protean.event", Name);

    public KeyValuePair<string, object?> CategoryTag { get; } = Telemetry.Of(Category);

    public static EventFacts Of(Type type, Domain? domain)
    {
        var category = domain?.Model.Types.IsRegistered(type) == true ? domain.Model.Types.Of(type).Category : null;
        return new(DomainNaming.ClassName(type), category ?? EventCategories.Of(type), domain?.Model.Bus.RecordingOf(type) is not null);
    }
}
