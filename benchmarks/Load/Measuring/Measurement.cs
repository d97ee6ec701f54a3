namespace Protean.Benchmarks.Load.Measuring;

/// <summary>Both sides of one round.</summary>
internal readonly record struct Round(double Floor, double Ours);

/// <summary>What came out for a row.</summary>
internal sealed class Measurement(Row row, IReadOnlyList<Round> rounds)
{
    public Row Row { get; } = row;

    public IReadOnlyList<Round> Rounds { get; } = rounds;

    public double Floor { get; } = Median.Of(rounds.Select(round => round.Floor));

    public double Ours { get; } = Median.Of(rounds.Select(round => round.Ours));

    public double Ratio => Ours / Floor;

    public bool IsMet => Row.Goal.IsMetBy(Ratio, Ours) && Row.Figures.All(figure => figure.IsMet);

    /// <summary>Measures both sides alternately; who begins alternates too, so that neither always finds the machine as the other left it.</summary>
    public static async Task<Measurement> TakeAsync(Row row, Stage stage, int rounds, Report report)
    {
        try
        {
            await row.PrepareAsync(stage);
            // Nothing of a run before counts.
            foreach (var figure in row.Figures)
                figure.Clear();
            report.Begin(row);
            var taken = new List<Round>();
            for (var number = 1; number <= rounds; number++)
            {
                var round = await TakeRoundAsync(row, stage, floorFirst: number % 2 == 1);
                taken.Add(round);
                report.Add(number, round);
            }

            return new Measurement(row, taken);
        }
        finally
        {
            await row.CleanUpAsync();
        }
    }

    private static async Task<Round> TakeRoundAsync(Row row, Stage stage, bool floorFirst)
    {
        if (floorFirst)
        {
            var floor = await row.MeasureFloorAsync(stage);
            return new(floor, await row.MeasureOursAsync(stage));
        }

        var ours = await row.MeasureOursAsync(stage);
        return new(await row.MeasureFloorAsync(stage), ours);
    }
}
