using Protean.Storage;

namespace Protean.Testing;

/// <summary>What came of a scenario.</summary>
internal sealed record ScenarioResult(object? Result, Exception? Error, IReadOnlyList<object> Events, IReadOnlyList<TestFailure> Failures)
{
    /// <summary>Acts, and gathers what came of it.</summary>
    public static async Task<ScenarioResult> OfAsync(TestDomain test, Func<Task<object?>> act, bool drained, int failedBefore)
    {
        var before = await test.Store.GetHeadAsync().ConfigureAwait(false);
        object? result = null;
        Exception? error = null;
        try
        {
            result = await act().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            error = e;
        }

        if (drained)
            await test.DrainAsync().ConfigureAwait(false);
        return new(result, error, await EventsAsync(test, before).ConfigureAwait(false), [.. test.Failures.Skip(failedBefore)]);
    }

    private static async Task<List<object>> EventsAsync(TestDomain test, long after)
    {
        List<object> events = [];
        while (true)
        {
            var page = await test.Store.ReadLogAsync(new LogRead { After = after, MaxCount = 1000, Kinds = MessageKind.Event | MessageKind.Notification }).ConfigureAwait(false);
            events.AddRange(page.Messages.Select(test.Domain.Read).OfType<object>());
            if (page.Messages.Count == 0)
                return events;
            after = page.ScannedTo;
        }
    }
}
