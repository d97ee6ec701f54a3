using System.Text;
using Protean.Benchmarks.Chaos.Histories;
using Shouldly;
using Xunit;

namespace Protean.Benchmarks.Chaos.Tests;

public sealed class LineTests
{
    [Theory]
    [InlineData(nameof(OutcomeKind.Acknowledged))]
    [InlineData(nameof(OutcomeKind.Refused))]
    public void Parse_Outcome_IsWhatWasSaid(string kind)
    {
        var line = Again(new() { End = new() { Tag = "1.1", Kind = Enum.Parse<OutcomeKind>(kind), FirstPosition = 7, StreamPositions = [0, 3] } });

        line!.End!.Kind.ToString().ShouldBe(kind);
        line.End.FirstPosition.ShouldBe(7);
        line.End.StreamPositions.ShouldBe([0, 3]);
    }

    [Fact]
    public void Parse_Attempt_IsWhatWasSaid()
    {
        var line = new Line
        {
            Begin = new()
            {
                Tag = "1.1",
                Appends = [new("a", 0, [RecordedRun.Id(1)])],
                Documents = [new("document", 1)],
                Checkpoint = new("checkpoint", 1),
                Key = "key",
                HasRow = true,
            },
        };

        Again(line)!.ToBytes().ShouldBe(line.ToBytes());
        Again(line)!.Begin!.Appends[0].Messages.ShouldBe([RecordedRun.Id(1)]);
    }

    [Fact]
    public void Parse_Met_IsWhatWasSaid() =>
        Again(new() { Met = [new(4, RecordedRun.Id(4)), new(5, RecordedRun.Id(5))] })!.Met.ShouldBe([new(4, RecordedRun.Id(4)), new(5, RecordedRun.Id(5))]);

    [Fact]
    public void Parse_Taken_IsWhatWasSaid() =>
        Again(new() { Taken = new("shop::keep-books", 3, 7) })!.Taken.ShouldBe(new("shop::keep-books", 3, 7));

    [Fact]
    public void Parse_LineThatBrokeOff_IsNothing() =>
        Line.Parse("""{"end":{"tag":"1.1","kind":"Acknow""").ShouldBeNull();

    private static Line? Again(Line line) => Line.Parse(Encoding.UTF8.GetString(line.ToBytes()));
}
