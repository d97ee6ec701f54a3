using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Protean.EventStore.TestServer;

/// <summary>Who made a test database and when, as its comment says.</summary>
internal sealed partial record DatabaseOwner(int ProcessId, string Host, DateTimeOffset Made)
{
    private static readonly TimeSpan _age = TimeSpan.FromDays(1);

    public static DatabaseOwner Current(TimeProvider time) => new(Environment.ProcessId, Environment.MachineName, time.GetUtcNow());

    public static DatabaseOwner? Parse(string comment) =>
        Format().Match(comment) is { Success: true } m
            && int.TryParse(m.Groups["pid"].ValueSpan, CultureInfo.InvariantCulture, out var process)
            && DateTimeOffset.TryParse(m.Groups["made"].ValueSpan, CultureInfo.InvariantCulture, out var made)
            ? new DatabaseOwner(process, m.Groups["host"].Value, made)
            : null;

    /// <summary>Whether the database is old, and nobody we can see may still use it.</summary>
    public bool HasLeft(TimeProvider time) =>
        time.GetUtcNow() - Made > _age && !(Host == Environment.MachineName && IsAlive(ProcessId));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"protean test: process {ProcessId} on {Host} at {Made:O}");

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\Aprotean test: process (?<pid>\d+) on (?<host>\S+) at (?<made>\S+)\z")]
    private static partial Regex Format();
}
