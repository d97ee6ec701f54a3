using Protean.Storage;

namespace Protean;

/// <summary>What processing itself adds to the commit of a unit.</summary>
internal sealed class UnitExtras
{
    /// <summary>The command that the unit handles, to be recorded as handled.</summary>
    public (StreamName Stream, NewMessage Message)? HandledCommand { get; set; }

    public List<KeyClaim>? Keys { get; set; }

    public List<KeyRelease>? KeyReleases { get; set; }

    /// <summary>Says that a handler has handled the message, under each name that it has or had.</summary>
    public IReadOnlyList<HandledMark> Marks { get; set; } = [];

    public bool IsEmpty => HandledCommand is null && Keys is null && KeyReleases is null && Marks.Count == 0;
}
