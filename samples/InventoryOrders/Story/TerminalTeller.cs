using System.Globalization;
using Spectre.Console;

namespace InventoryOrders.Story;

/// <summary>Tells with colours, tables and a progress bar.</summary>
public sealed class TerminalTeller(IAnsiConsole console) : ITeller
{
    public void Chapter(int number, string title)
    {
        console.WriteLine();
        console.Write(new Rule($"[bold]{number.ToString(CultureInfo.InvariantCulture)}. {Markup.Escape(title)}[/]") { Justification = Justify.Left });
    }

    public void Say(string text) => console.MarkupLineInterpolated($"{text}");

    public void Checked(string what) => console.MarkupLineInterpolated($"[green]✓[/] {what}");

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    public Task FollowAsync(string what, Func<IProgress<double>, Task> work) =>
        console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask(Markup.Escape(what), maxValue: 1);
                await work(new Bar(task));
                task.Value = 1;
            });

    public void EndWell(string text)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold green]{text}[/]");
    }

    public void EndBadly(string text)
    {
        console.WriteLine();
        console.MarkupLineInterpolated($"[bold red]{text}[/]");
    }

    private sealed class Bar(ProgressTask task) : IProgress<double>
    {
        public void Report(double value) => task.Value = value;
    }
}
