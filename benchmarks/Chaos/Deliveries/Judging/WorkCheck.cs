using Protean.Benchmarks.Chaos.Judging;

namespace Protean.Benchmarks.Chaos.Deliveries.Judging;

/// <summary>Looks for the entry of every message: once, at its place and in its turn, or not at all if its delivery was given up.</summary>
internal sealed class WorkCheck(Work work, IReadOnlySet<DeadDelivery> dead, Verdict verdict)
{
    private readonly Dictionary<string, Due> _due = work.Due.ToDictionary(static due => due.Entry);

    public void Check()
    {
        Dictionary<string, int> counts = [];
        foreach (var (place, entries) in work.Effects)
        {
            foreach (var entry in entries)
            {
                if (_due.TryGetValue(entry, out var due) && due.Place == place)
                    counts[entry] = counts.GetValueOrDefault(entry) + 1;
                else
                    verdict.Add(Fault.Unannounced, Subject(place, entry), "does not belong there");
            }

            CheckOrder(place, entries);
        }

        foreach (var due in work.Due)
            CheckCount(due, counts.GetValueOrDefault(due.Entry));
    }

    private void CheckCount(Due due, int count)
    {
        var subject = Subject(due.Place, due.Entry);
        var isDead = dead.Contains(new(work.Method, due.Position));
        if (count > 1)
            verdict.Add(Fault.Duplicated, subject, $"is there {count} times, at position {due.Position} of the log once");
        if (count == 0 && !isDead)
            verdict.Add(Fault.Lost, subject, $"is missing, at position {due.Position} of the log");
        if (count > 0 && isDead)
            verdict.Add(Fault.Unannounced, subject, $"is there, though its delivery was given up, at position {due.Position} of the log");
    }

    private void CheckOrder(string place, IReadOnlyList<string> entries)
    {
        Dictionary<string, Due> last = [];
        foreach (var entry in entries)
        {
            if (!_due.TryGetValue(entry, out var due) || due.MayBeLate)
                continue;
            if (last.TryGetValue(due.Lane, out var before) && before.Position > due.Position)
                verdict.Add(Fault.Reordered, Subject(place, entry), $"of position {due.Position} stands after {before.Entry} of {before.Position}");
            else
                last[due.Lane] = due;
        }
    }

    private string Subject(string place, string entry) => $"{work.Name}, {place}, {entry}";
}
