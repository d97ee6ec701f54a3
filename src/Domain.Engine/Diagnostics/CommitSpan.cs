using System.Diagnostics;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>The span of a commit that messages of a partition share. It belongs to all of their traces, so it is a trace of its own.</summary>
internal static class CommitSpan
{
    /// <returns>The span; nothing if nobody listens, and then nothing is allocated.</returns>
    public static Activity? Start(string handler, in CheckpointMove progress, int messages)
    {
        if (!Telemetry.Source.HasListeners())
            return null;
        return Telemetry.Source.StartActivity(
            $"commit {handler}",
            ActivityKind.Internal,
            default(ActivityContext),
            [
                Telemetry.Of(handler),
                new("protean.partition", progress.Key.Partition),
                new("protean.messages", messages),
                new("protean.after", progress.ExpectedPosition),
                new("protean.global_position", progress.Position),
            ]);
    }
}
