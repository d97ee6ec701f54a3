using System.Globalization;
using Protean.Storage;

namespace Protean.Engine;

/// <summary>How the values of a setting are written, and which of them it takes.</summary>
/// <param name="Expected">What a value must be, to go on with after "must be".</param>
/// <param name="Parse">Reads a text strictly; nothing when it is no such value.</param>
/// <param name="Accepts">Whether the setting takes a value.</param>
internal sealed record ValueFormat(string Expected, Func<string, object?> Parse, Func<object, bool> Accepts)
{
    private const decimal MostSeconds = 100_000_000_000;

    // Hours, minutes and seconds all stand there: whether "00:05" is minutes or seconds would be a guess.
    private static readonly string[] TimeFormats = [@"hh\:mm\:ss", @"d\.hh\:mm\:ss", @"hh\:mm\:ss\.FFFFFFF", @"d\.hh\:mm\:ss\.FFFFFFF"];

    public static ValueFormat Flag { get; } = new("true or false", text => bool.TryParse(text, out var flag) ? flag : null, _ => true);

    public static ValueFormat Name { get; } = new(
        $"a name of 1 to {CommitValidation.MaxNameLength} characters",
        text => text,
        value => value is string { Length: <= CommitValidation.MaxNameLength } name && !string.IsNullOrWhiteSpace(name) && !name.Contains('\0', StringComparison.Ordinal));

    public static ValueFormat Subscription { get; } = new(
        "event_store or stream",
        text => text.ToLowerInvariant() switch
        {
            "event_store" => SubscriptionType.EventStore,
            "stream" => SubscriptionType.Stream,
            _ => null,
        },
        value => Enum.IsDefined((SubscriptionType)value));

    public static ValueFormat Count(int least) => new(
        $"a whole number, {least} or more",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count : null,
        value => (int)value >= least);

    public static ValueFormat Time(TimeSpan least, TimeSpan most) => new(
        $"a time {(least.Ticks == 1 ? "above zero, at most" : $"from {least:c} to")} {most:c}, written as 00:00:05 or as a number of seconds",
        text => ParseTime(text),
        value => (TimeSpan)value >= least && (TimeSpan)value <= most);

    public static ValueFormat OneOf<T>() where T : struct, Enum => new(
        $"one of {string.Join(", ", Enum.GetNames<T>())}",
        // Enum.TryParse would take numbers and lists, too.
        text => Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<T>(name) : null,
        value => Enum.IsDefined((T)value));

    private static TimeSpan? ParseTime(string text)
    {
        if (decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            return Math.Abs(seconds) <= MostSeconds ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)) : null;
        return TimeSpan.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, out var time) ? time : null;
    }
}
