using System.Reflection;
using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.House;

/// <summary>The public API of each package stands in a file, so that a change to it is seen in review.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "PROTEAN_ACCEPT_API";

    [Fact]
    public void Core_PublicApi_IsTheAcceptedOne() => Check(typeof(Domain).Assembly);

    [Fact]
    public void Engine_PublicApi_IsTheAcceptedOne() => Check(typeof(Engine.DomainEngine).Assembly);

    [Fact]
    public void EventStore_PublicApi_IsTheAcceptedOne() => Check(typeof(EventStore.PostgresEventStore).Assembly);

    [Fact]
    public void Sqlite_PublicApi_IsTheAcceptedOne() => Check(typeof(EventStore.Sqlite.SqliteEventStore).Assembly);

    [Fact]
    public void RabbitMq_PublicApi_IsTheAcceptedOne() => Check(typeof(Protean.Brokers.RabbitMq.RabbitMqBroker).Assembly);

    [Fact]
    public void Testing_PublicApi_IsTheAcceptedOne() => Check(typeof(TestDomain).Assembly);

    [Fact]
    public void Differences_ALineTooManyAndOneTooFew_AreBothShown() =>
        Differences(["class A", "    void M()"], ["class A", "    void N()"]).ShouldBe(["  class A", "-     void M()", "+     void N()"]);

    private static void Check(Assembly assembly)
    {
        var file = Path.Combine(SourceTree.Root, "tests", "Domain.Core.Tests", "House", "PublicApi", assembly.GetName().Name + ".txt");
        string[] actual = [.. PublicApi.Of(assembly)];
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllText(file, string.Join('\n', actual) + "\n");
        string[] accepted = File.Exists(file) ? File.ReadAllLines(file) : [];
        if (accepted.SequenceEqual(actual))
            return;
        Assert.Fail($"The public API of {assembly.GetName().Name} has changed (- accepted, + now):\n{string.Join('\n', Differences(accepted, actual))}\n"
            + $"If that is meant, run the tests again with {Accept}=1 and commit {Path.GetFileName(file)}.");
    }

    /// <summary>The lines that only one side has, each with the type it belongs to.</summary>
    private static List<string> Differences(string[] accepted, string[] actual)
    {
        var (before, now) = (Qualified(accepted), Qualified(actual));
        return
        [
            .. before.Except(now).Select(l => (l.Type, Text: $"- {l.Line}"))
                .Concat(now.Except(before).Select(l => (l.Type, Text: $"+ {l.Line}")))
                .GroupBy(l => l.Type)
                .SelectMany(g => g.Select(l => l.Text).Prepend($"  {g.Key}")),
        ];
    }

    private static List<(string Type, string Line)> Qualified(string[] lines)
    {
        List<(string, string)> result = [];
        var type = "";
        foreach (var line in lines.Where(l => l.Length > 0))
        {
            if (!line.StartsWith(' '))
                type = line;
            result.Add((type, line));
        }

        return result;
    }
}
