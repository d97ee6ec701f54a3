using System.Globalization;
using Npgsql;
using Protean.Storage;

namespace Protean.EventStore.Writing;

/// <summary>What <c>refuse</c> in the schema has said: which member of a batch was not as expected, and what was found instead.</summary>
internal readonly record struct Refusal(string What, int Member, int Item, long Actual, string Detail)
{
    /// <summary>The batch was given up by its own writer, which had lost the connection.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>A commit with this id is there already.</summary>
    public const string Commit = "commit";

    /// <summary>The generations of a collection have changed since they were read.</summary>
    public const string Generations = "generations";

    public static bool TryRead(Exception error, out Refusal refusal)
    {
        refusal = default;
        if (error is not PostgresException { SqlState: PostgresFaults.Refused } refused)
            return false;
        var parts = refused.MessageText.Split('|', 5);
        refusal = new(
            parts[0],
            int.Parse(parts[1], CultureInfo.InvariantCulture),
            int.Parse(parts[2], CultureInfo.InvariantCulture),
            long.Parse(parts[3], CultureInfo.InvariantCulture),
            parts[4]);
        return true;
    }

    /// <summary>The exception for the caller of the commit that was refused.</summary>
    public CommitRefusedException ToException(Commit commit) => What switch
    {
        "stream" => OfStream(commit.Appends[Item]),
        "document" => Conflict.Of(commit.Documents[Item], Actual),
        "generation" => new GenerationException(commit.Documents[Item].Collection, commit.Documents[Item].Generation, "is neither live nor being built"),
        "epoch" => Conflict.Epoch(commit.Leases[Item].Key, commit.Leases[Item].ExpectedEpoch, Actual),
        "owned" => Conflict.Owned(commit.Leases[Item].Key, Detail),
        "checkpoint" => Conflict.Epoch(commit.Checkpoints[Item].Key, commit.Checkpoints[Item].Epoch, Actual),
        "position" => Conflict.Position(commit.Checkpoints[Item].Key, commit.Checkpoints[Item].ExpectedPosition, Actual),
        "failure" => Conflict.Of(commit.Failures[Item], Actual),
        "key" => new DuplicateKeyException(commit.Keys[Item].Scope, commit.Keys[Item].Key),
        "mark" => Conflict.Of(commit.Marks[Item]),
        _ => throw new InvalidOperationException($"The schema refused a commit for '{What}', which this code does not know."),
    };

    private CommitRefusedException OfStream(StreamAppend append) =>
        Actual % 2 != 0 ? new StreamArchivedException(append.Stream) : Conflict.Of(append.Stream, append.ExpectedVersion, Actual / 2);
}
