using System.Runtime.InteropServices;
using Protean.Benchmarks.Load.Measuring;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load;

/// <summary>What was asked for.</summary>
internal sealed record LoadOptions(IReadOnlyList<Row> Rows, string? Postgres, string? RabbitMq, int Rounds, TimeSpan Duration, int? Messages, bool Check);

/// <summary>Measures rows, and leaves nothing behind.</summary>
internal static class LoadRun
{
    public static async Task<int> RunAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("protean-load-").FullName;
        try
        {
            await Console.Out.WriteLineAsync($"{Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}; in {Path.GetTempPath()}, {DiskProbe.Describe(directory)}");
            if (options.Messages is { } messages)
                await Console.Out.WriteLineAsync($"a quick look: rows that go through a log have {messages} messages, whatever they say");
            await using var postgres = new LazyPostgres(options.Postgres, Console.Out);
            await using var rabbitMq = new LazyRabbitMq(options.RabbitMq, Console.Out);
            var stage = new Stage(postgres, rabbitMq, directory, options.Duration, options.Messages, cancellationToken);
            var areMet = true;
            foreach (var row in options.Rows)
                areMet &= await MeasureAsync(row, stage, options.Rounds);
            return options.Check && !areMet ? ExitCodes.Failed : ExitCodes.Done;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<bool> MeasureAsync(Row row, Stage stage, int rounds)
    {
        var report = new Report(Console.Out);
        var measured = await Measurement.TakeAsync(row, stage, rounds, report);
        report.End(measured);
        return measured.IsMet;
    }
}
