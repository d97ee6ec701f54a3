namespace Protean.Storage.InMemory;

/// <summary>
/// A list whose slices stay as they are when they were taken, so that readers scan without the store's gate: items are only ever added
/// behind a slice, and a change in the middle makes a new array.
/// </summary>
internal sealed class AppendList<T>
{
    private const int FirstCapacity = 4;
    private T[] _items = [];

    public int Count { get; private set; }

    public T this[int index] => _items[index];

    public ReadOnlyMemory<T> Slice() => new(_items, 0, Count);

    public void Add(T item)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(FirstCapacity, Count * 2));
        _items[Count++] = item;
    }

    public void ReplaceWith(List<T> items)
    {
        _items = [.. items];
        Count = _items.Length;
    }
}
