using System.Globalization;

namespace InventoryOrders.Story;

/// <summary>Tells in plain lines, for files and pipes.</summary>
public sealed class PlainTeller(TextWriter output) : ITeller
{
    public void Chapter(int number, string title)
    {
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{number}. {title}"));
    }

    public void Say(string text) => output.WriteLine($"   {text}");

    public void Checked(string what) => output.WriteLine($"   ok: {what}");

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] lines = [columns, .. rows];
        int[] widths = [.. columns.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (var line in lines)
            output.WriteLine("   " + string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }

    public async Task FollowAsync(string what, Func<IProgress<double>, Task> work)
    {
        await work(new Quarters(output, what));
        output.WriteLine($"   {what}: done");
    }

    public void EndWell(string text)
    {
        output.WriteLine();
        output.WriteLine(text);
    }

    public void EndBadly(string text) => EndWell(text);

    /// <summary>A line for each quarter, rather than one for each report.</summary>
    private sealed class Quarters(TextWriter output, string what) : IProgress<double>
    {
        private int _told;

        public void Report(double value)
        {
            var quarter = (int)(value * 4);
            if (quarter is 0 or 4 || quarter <= _told)
                return;
            _told = quarter;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"   {what}: {quarter * 25} %"));
        }
    }
}
