using System.Text;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>Texts that were read before, so that names that come again and again are one string each. Old ones make room for new ones.</summary>
internal sealed class TextCache
{
    private const int Slots = 512;
    private const int Longest = 200;
    private readonly string?[] _texts = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > Longest)
            return Encoding.UTF8.GetString(utf8);
        var hash = new HashCode();
        hash.AddBytes(utf8);
        ref var slot = ref _texts[(uint)hash.ToHashCode() % Slots];
        if (slot is not null && Ascii.Equals(utf8, slot))
            return slot;
        return slot = Encoding.UTF8.GetString(utf8);
    }
}
