using System.Globalization;
using System.Text.Json.Nodes;

namespace Protean.Benchmarks.Load.Measuring;

/// <summary>Writes what was measured: a table for people, and one line of JSON for machines.</summary>
internal sealed class Report(TextWriter output)
{
    private const int Column = 18;

    public void Begin(Row row)
    {
        Write($"");
        Write($"{row.Name}: {row.Work}");
        Write($"  floor: {row.Floor}");
        Write($"  reach: {row.Goal}; both sides in {row.Unit}");
        Write($"  {"round",-8}{"floor",Column}{"ours",Column}{"ours / floor",Column}");
    }

    public void Add(int number, Round round) => WriteLine(number.ToString(CultureInfo.InvariantCulture), round.Floor, round.Ours);

    public void End(Measurement measured)
    {
        WriteLine("median", measured.Floor, measured.Ours);
        Write($"  {(measured.IsMet ? "met" : "NOT MET")}: {measured.Ratio:0.000} of the floor; {measured.Row.Goal} was to be reached");
        foreach (var figure in measured.Row.Figures)
            Write($"  {figure.Name}: {figure.Median:0.000} {figure.Unit} in the median; at most {figure.Most} was to be reached, {(figure.IsMet ? "met" : "NOT MET")}");
        output.WriteLine(ToJson(measured));
    }

    private static string ToJson(Measurement measured)
    {
        var json = new JsonObject
        {
            ["row"] = measured.Row.Name,
            ["floor"] = Math.Round(measured.Floor, 1),
            ["ours"] = Math.Round(measured.Ours, 1),
            ["ratio"] = Math.Round(measured.Ratio, 4),
            ["target"] = measured.Row.Goal.Value,
        };
        foreach (var figure in measured.Row.Figures)
        {
            json[figure.Name] = Math.Round(figure.Median, 3);
            json[figure.Name + "Target"] = figure.Most;
        }

        json["met"] = measured.IsMet;
        return json.ToJsonString();
    }

    private void WriteLine(string label, double floor, double ours) =>
        Write($"  {label,-8}{floor,Column:#,0.0}{ours,Column:#,0.0}{ours / floor,Column:0.000}");

    private void Write(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
