using System.Globalization;

namespace Protean.Brokers;

/// <summary>What topics and groups can be called, so that every broker can.</summary>
internal static class BrokerNames
{
    public const int MaxLength = 120;

    public const string AnyOfDomain = ".*";

    /// <summary>What is wrong with a name; nothing if it is one.</summary>
    public static string? ProblemOf(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return "it is empty";
        if (name.Length > MaxLength)
            return $"it has {name.Length} characters, and {MaxLength} are the most";
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '.' or '-' or ':'))
                return $"it contains '{c}', and has lower-case letters, digits, '_', '-', ':' and '.'";
        }

        return null;
    }

    /// <summary>What is wrong with a topic; nothing if it is one.</summary>
    public static string? ProblemOfTopic(string? topic) =>
        ProblemOf(topic) ?? (topic!.IndexOf('.', StringComparison.Ordinal) is var dot && dot > 0 && dot < topic.Length - 1 ? null : "a topic is '{domain}.{name}'") ?? ProblemOfEnd(topic);

    /// <summary>A number at the end is where brokers put the slot of a key.</summary>
    private static string? ProblemOfEnd(string topic) =>
        int.TryParse(topic.AsSpan(topic.LastIndexOf('.') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < BrokerGroup.Slots
            ? $"its last word is {number}, and numbers below {BrokerGroup.Slots} stand there for something else"
            : null;

    /// <summary>What is wrong with a topic, or with all topics of a domain; nothing if it is one.</summary>
    public static string? ProblemOfPattern(string? topic) =>
        topic?.EndsWith(AnyOfDomain, StringComparison.Ordinal) == true ? ProblemOfTopic(topic[..^1] + "any") : ProblemOfTopic(topic);

    public static void Check(string? name, string what)
    {
        if (ProblemOf(name) is { } problem)
            throw new ArgumentException($"'{name}' cannot be the name of a {what}: {problem}.", nameof(name));
    }

    /// <summary>What is asked for cannot be told of a group that nobody has declared.</summary>
    public static ArgumentException NoGroup(string group, string broker) => new(
        $"{broker} has no group '{group}': is that its name? The group of a subscriber is called like its domain and itself, 'shipping.payments', unless .Group(...) says otherwise, and is there once an engine has listened.",
        nameof(group));

    public static void CheckPattern(string? topic)
    {
        if (ProblemOfPattern(topic) is { } problem)
            throw new ArgumentException($"'{topic}' cannot be a topic: {problem}.", nameof(topic));
    }
}
