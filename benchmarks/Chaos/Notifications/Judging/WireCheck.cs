using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Notifications.Judging;

/// <summary>Looks for every notification among those that came out of the broker: once at least, under its id, and for the first time not before an earlier one of its stream.</summary>
internal sealed class WireCheck(Passage passage, Verdict verdict)
{
    public void Check()
    {
        CheckLog();
        var recorded = passage.Recorded.ToHashSet();
        HashSet<Notice> met = [];
        Dictionary<string, Notice> latest = [];
        foreach (var notice in passage.Arrived)
        {
            if (!recorded.Contains(notice))
                verdict.Add(Fault.Unannounced, Subject(notice), "was never recorded");
            else if (met.Add(notice))
                CheckOrder(notice, latest);
        }

        foreach (var notice in recorded.Except(met))
            verdict.Add(Fault.Lost, Subject(notice), "never came");
    }

    /// <summary>What the rest is compared with has to be right itself.</summary>
    private void CheckLog()
    {
        foreach (var stream in passage.Recorded.GroupBy(static notice => notice.Stream))
        {
            foreach (var (place, notice) in stream.Index().Where(static pair => pair.Item.Number != pair.Index))
                verdict.Add(Fault.Hole, Subject(notice), $"is the one at place {place} of its stream in the log");
        }
    }

    private void CheckOrder(Notice notice, Dictionary<string, Notice> latest)
    {
        if (latest.TryGetValue(notice.Stream, out var before) && before.Number > notice.Number)
            verdict.Add(Fault.Reordered, Subject(notice), $"came for the first time after {before.Entry}");
        else
            latest[notice.Stream] = notice;
    }

    private static string Subject(Notice notice) => $"{notice.Entry} of id {notice.Id}";
}
