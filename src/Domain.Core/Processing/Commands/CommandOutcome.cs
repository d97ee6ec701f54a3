using System.Collections.Concurrent;
using System.Text.Json;

namespace Protean;

/// <summary>What became of a command whose caller did not wait.</summary>
/// <param name="Result">The result as JSON; undefined if there is none.</param>
/// <param name="Error">What went wrong; nothing if it succeeded.</param>
internal sealed record CommandOutcome(JsonElement Result, string? Error)
{
    public static byte[] Success(object? result, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToElement(result, result is null ? typeof(object) : result.GetType(), options);
        return JsonSerializer.SerializeToUtf8Bytes(new CommandOutcome(json, null), JsonSerializerOptions.Web);
    }

    public static byte[] Failure(Exception error) =>
        JsonSerializer.SerializeToUtf8Bytes(new CommandOutcome(JsonSerializer.SerializeToElement<object?>(null), $"{error.GetType().Name}: {error.Message}"), JsonSerializerOptions.Web);

    public static CommandOutcome Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<CommandOutcome>(json, JsonSerializerOptions.Web)!;
}

/// <summary>Wakes those in this process who wait for the outcome of a command.</summary>
internal sealed class CommandOutcomes
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _waiting = new();

    public Task NextAsync(Guid id, CancellationToken cancellationToken) =>
        _waiting.GetOrAdd(id, static _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(cancellationToken);

    public void Announce(Guid id)
    {
        if (_waiting.TryRemove(id, out var waiting))
            waiting.TrySetResult();
    }

    public void Forget(Guid id) => _waiting.TryRemove(id, out _);
}
