using Npgsql;

namespace Protean.EventStore.Writing;

/// <summary>What to read from the answer to a statement.</summary>
internal enum Answer
{
    /// <summary>It has no rows.</summary>
    None,

    /// <summary>It has rows that tell nothing.</summary>
    Ignored,

    /// <summary>The global position and the stream position of every appended message.</summary>
    Appended,

    /// <summary>The head of the log.</summary>
    Head,
}

/// <summary>The statements of a batch, in the order in which they go out together.</summary>
internal sealed class BatchCommands
{
    private readonly List<(NpgsqlBatchCommand Command, Answer Answer)> _commands = [];

    public IReadOnlyList<(NpgsqlBatchCommand Command, Answer Answer)> All => _commands;

    public void Clear() => _commands.Clear();

    public void Add(NpgsqlBatchCommand command, Answer answer = Answer.None) => _commands.Add((command, answer));

    public void Add(RowsCommand rows, Answer answer = Answer.None)
    {
        if (rows.Count > 0)
            Add(rows.Command, answer);
    }
}
