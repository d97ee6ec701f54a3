namespace InventoryOrders.Story;

/// <summary>A part of the story. It checks what it tells.</summary>
public interface IChapter
{
    string Title { get; }

    /// <exception cref="CheckFailedException">Something is not as it ought to be.</exception>
    Task TellAsync(Scene scene);
}
