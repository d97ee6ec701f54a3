using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Deliveries.Judging;

/// <summary>Looks for the entry of every message: once, at its place and in its turn, or not at all if its delivery was given up.</summary>
internal sealed class WorkCheck(Work work, IReadOnlySet<DeadDelivery> dead, Verdict verdict)
{
    // A handler that was called twice can have enqueued a command twice: then it is two messages with one entry.
    private readonly Dictionary<string, Due[]> _due = work.Due.GroupBy(static due => due.Entry).ToDictionary(static due => due.Key, static due => due.ToArray());

    public void Check()
    {
        Dictionary<string, int> counts = [];
        foreach (var (place, entries) in work.Effects)
        {
            foreach (var entry in entries)
            {
                if (_due.TryGetValue(entry, out var due) && due[0].Place == place)
                    counts[entry] = counts.GetValueOrDefault(entry) + 1;
                else
                    verdict.Add(Fault.Unannounced, Subject(place, entry), "does not belong there");
            }

            CheckOrder(place, entries);
        }

        foreach (var (entry, due) in _due)
            CheckCount(entry, due, counts.GetValueOrDefault(entry));
    }

    private void CheckCount(string entry, Due[] due, int count)
    {
        var subject = $"{Subject(due[0].Place, entry)}, at position {string.Join(" and ", due.Select(static d => d.Position))} of the log,";
        var alive = due.Count(d => !dead.Contains(new(work.Method, d.Position)));
        if (count < alive)
            verdict.Add(Fault.Lost, subject, count == 0 ? "is missing" : $"is there {count} times only");
        else if (count > alive && alive < due.Length)
            verdict.Add(Fault.Unannounced, subject, "is there, though its delivery was given up");
        else if (count > alive)
            verdict.Add(Fault.Duplicated, subject, $"is there {count} times");
    }

    private void CheckOrder(string place, IReadOnlyList<string> entries)
    {
        Dictionary<string, int> met = [];
        Dictionary<string, Due> last = [];
        foreach (var entry in entries)
        {
            if (!_due.TryGetValue(entry, out var messages))
                continue;
            var times = met[entry] = met.GetValueOrDefault(entry) + 1;
            var due = messages[Math.Min(times, messages.Length) - 1];
            if (due.MayBeLate)
                continue;
            if (last.TryGetValue(due.Lane, out var before) && before.Position > due.Position)
                verdict.Add(Fault.Reordered, Subject(place, entry), $"of position {due.Position} stands after {before.Entry} of {before.Position}");
            else
                last[due.Lane] = due;
        }
    }

    private string Subject(string place, string entry) => $"{work.Name}, {place}, {entry}";
}
