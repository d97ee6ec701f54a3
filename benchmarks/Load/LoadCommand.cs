using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Protean.Benchmarks.Load.Rows;

namespace Protean.Benchmarks.Load;

/// <summary>The command line.</summary>
internal static class LoadCommand
{
    private static readonly Argument<string> _row = new("row") { Description = "What to measure" };
    private static readonly Option<string?> _postgres = new("--postgres") { Description = "The connection string of a server to measure on; without it, a private one is started and removed", HelpName = "connection string" };
    private static readonly Option<string?> _rabbitMq = new("--rabbitmq") { Description = "The amqp URI of a RabbitMQ to publish to; without it, a private one is started and removed", HelpName = "uri" };
    private static readonly Option<int> _rounds = new("--rounds") { Description = "How often each side is measured", DefaultValueFactory = _ => 5, HelpName = "N" };
    private static readonly Option<double> _seconds = new("--seconds") { Description = "How long each side is measured in a round, after a warm-up", DefaultValueFactory = _ => 3, HelpName = "S" };
    private static readonly Option<int?> _messages = new("--messages") { Description = "How many messages the rows have that go through a log, for a quick look; without it, as many as they say", HelpName = "N" };
    private static readonly Option<bool> _check = new("--check") { Description = "End with exit code 1 if a target is not met" };

    public static RootCommand Create()
    {
        _row.AcceptOnlyFromAmong([.. AllRows.List.Select(row => row.Name), AllRows.Every]);
        _rounds.Validators.Add(result => Check(result.Tokens is not [var rounds] || (int.TryParse(rounds.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1), $"--rounds is a whole number from 1, not '{string.Join(' ', result.Tokens)}'.", result));
        _seconds.Validators.Add(result => Check(result.Tokens is not [var seconds] || (double.TryParse(seconds.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 3600), $"--seconds is a number above 0 and no more than an hour, not '{string.Join(' ', result.Tokens)}'.", result));
        _messages.Validators.Add(result => Check(result.Tokens is not [var messages] || (int.TryParse(messages.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1_000 and <= 10_000_000), $"--messages is a whole number from 1000 to 10000000, not '{string.Join(' ', result.Tokens)}'.", result));
        _rabbitMq.Validators.Add(result => Check(result.Tokens is not [var uri] || (Uri.TryCreate(uri.Value, UriKind.Absolute, out var parsed) && parsed.Scheme is "amqp" or "amqps"), "--rabbitmq is a URI as 'amqp://user:password@host:5672'.", result));
        var command = new RootCommand(Description()) { _row, _postgres, _rabbitMq, _rounds, _seconds, _messages, _check };
        command.SetAction((parsed, cancellationToken) => LoadRun.RunAsync(
            new(AllRows.Named(parsed.GetValue(_row)!), parsed.GetValue(_postgres), parsed.GetValue(_rabbitMq), parsed.GetValue(_rounds), TimeSpan.FromSeconds(parsed.GetValue(_seconds)), parsed.GetValue(_messages), parsed.GetValue(_check)),
            cancellationToken));
        return command;
    }

    private static string Description() => string.Join(
        Environment.NewLine,
        [
            "Measures ours against a floor, alternately in one run; prints a table, and one line of JSON at its end. The rows are:",
            "",
            .. AllRows.List.Select(row => $"  {row.Name,-25}{row.Work}; {row.Goal} in {row.Unit}"),
            $"  {AllRows.Every,-25}each of them in turn",
        ]);

    private static void Check(bool isValid, string problem, SymbolResult result)
    {
        if (!isValid)
            result.AddError(problem);
    }
}
