using System.Text.Json;

namespace Protean.Benchmarks.Chaos.Stores;

/// <summary>The tags of those who have changed something, kept in it from its first change on, so that each change can be told from any other.</summary>
internal static class Writers
{
    public static List<string> Read(ReadOnlyMemory<byte>? body) =>
        body is null ? [] : JsonSerializer.Deserialize<Body>(body.Value.Span)!.Writers;

    public static List<string> Read(string? text) =>
        text is null ? [] : JsonSerializer.Deserialize<Body>(text)!.Writers;

    public static byte[] Bytes(List<string> writers) => JsonSerializer.SerializeToUtf8Bytes(new Body(writers));

    public static string Text(List<string> writers) => JsonSerializer.Serialize(new Body(writers));

    private sealed record Body(List<string> Writers);
}
