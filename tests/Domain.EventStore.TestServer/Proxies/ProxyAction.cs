namespace Protean.EventStore.TestServer;

/// <summary>What a <see cref="ProxyRule"/> does with bytes.</summary>
public sealed class ProxyAction
{
    private ProxyAction(int? forwarded, ProxySides cut, bool holds = false, bool drops = false)
    {
        Forwarded = forwarded;
        Cut = cut;
        Holds = holds;
        Drops = drops;
    }

    /// <summary>Passes them on.</summary>
    public static ProxyAction Forward { get; } = new(forwarded: null, ProxySides.None);

    /// <summary>A black hole: these bytes and all later ones in this direction vanish, and so does the end of the connection.</summary>
    public static ProxyAction Drop { get; } = new(forwarded: 0, ProxySides.None, drops: true);

    /// <summary>Keeps them, and whatever follows in this direction, until <see cref="ProxyConnection.Release"/>.</summary>
    public static ProxyAction Hold { get; } = new(forwarded: null, ProxySides.None, holds: true);

    internal int? Forwarded { get; }

    internal ProxySides Cut { get; }

    internal bool Holds { get; }

    internal bool Drops { get; }

    /// <summary>Passes nothing on and ends these connections.</summary>
    public static ProxyAction CutBefore(ProxySides sides = ProxySides.Both) => new(forwarded: 0, sides);

    /// <summary>Passes on all bytes, or the first few, and ends these connections. No answer to these bytes gets through a side that is cut.</summary>
    public static ProxyAction CutAfter(int? bytes = null, ProxySides sides = ProxySides.Both) => new(bytes, sides);
}
