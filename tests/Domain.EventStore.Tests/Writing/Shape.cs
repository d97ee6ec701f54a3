using Protean.EventStore.Conformance;
using Protean.EventStore.Tests.Stores;
using Protean.Storage;

namespace Protean.EventStore.Tests.Writing;

/// <summary>What a commit consists of.</summary>
public enum Shape
{
    Messages,
    Checkpoint,
    Mixed,
    MixedWithId,
}

internal static class Shapes
{
    public const int Messages = 3;
    public const string Key = "d1";

    public static readonly CheckpointKey Handler = new("handler");

    public static Commit Commit(this Shape shape) => new()
    {
        Id = shape == Shape.MixedWithId ? Guid.CreateVersion7() : null,
        Appends = shape == Shape.Checkpoint ? [] : [new(Sample.StreamOf("new"), ExpectedVersion.NoStream, Sample.Messages(Messages))],
        Checkpoints = shape == Shape.Messages ? [] : [new(Handler, 0, 5, 0)],
        Documents = shape < Shape.Mixed ? [] : [Sample.Document(Key)],
        Keys = shape < Shape.Mixed ? [] : [Sample.Key("k")],
    };

    /// <summary>What of it stands in the database, and how often: its messages, checkpoint, document and key.</summary>
    public static async Task<(long Messages, long Checkpoints, long Documents, long Keys)> StoredAsync(this Sql sql, string schema)
    {
        var table = await sql.ScalarAsync<string>($"select table_name from {schema}.collections where name = '{Sample.Carts}'");
        return (
            await sql.ScalarAsync<long>($"select count(*) from {schema}.messages where stream = '{Sample.StreamOf("new")}'"),
            await sql.ScalarAsync<long>($"select count(*) from {schema}.checkpoints where position = 5"),
            await sql.ScalarAsync<long>($"select count(*) from {schema}.{table} where key = '{Key}'"),
            await sql.ScalarAsync<long>($"select count(*) from {schema}.keys"));
    }

    public static (long Messages, long Checkpoints, long Documents, long Keys) Expected(this Shape shape) => shape switch
    {
        Shape.Messages => (Messages, 0, 0, 0),
        Shape.Checkpoint => (0, 1, 0, 0),
        _ => (Messages, 1, 1, 1),
    };
}
