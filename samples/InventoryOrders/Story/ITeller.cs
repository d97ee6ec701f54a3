namespace InventoryOrders.Story;

/// <summary>Shows the story to whoever reads it.</summary>
public interface ITeller
{
    /// <summary>Begins a chapter.</summary>
    void Chapter(int number, string title);

    /// <summary>Tells what happens.</summary>
    void Say(string text);

    /// <summary>Tells that something is as it ought to be.</summary>
    void Checked(string what);

    void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows);

    /// <summary>Shows how far some work has come, from 0 to 1, while it is done.</summary>
    Task FollowAsync(string what, Func<IProgress<double>, Task> work);

    /// <summary>The last line of a story that ends well.</summary>
    void EndWell(string text);

    /// <summary>The last line of a story that does not.</summary>
    void EndBadly(string text);
}
