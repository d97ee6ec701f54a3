using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Protean.Tests.House;

/// <summary>What holds for every file, whoever writes it.</summary>
public sealed partial class HouseRulesTests
{
    private const int MostLines = 400;

    private const string ThisFile = "tests/Domain.Core.Tests/House/HouseRulesTests.cs";

    [Fact]
    public void Sources_Time_ComesFromATimeProvider() =>
        SourceTree.Find(SourceTree.CSharpFiles("src"), WallClock()).ShouldBeEmpty("take the time from a TimeProvider");

    [Fact]
    public void Sources_Types_AreNeverFoundByText() =>
        SourceTree.Find(SourceTree.CSharpFiles("src"), TypeByText()).ShouldBeEmpty("types are found through the registry only");

    [Fact]
    public void Sources_Waits_AreOnATimeProvider() =>
        SourceTree.Find(SourceTree.CSharpFiles("src"), Sleep()).Concat(DelaysOnWallTime(SourceTree.CSharpFiles("src"))).ShouldBeEmpty("give Task.Delay a TimeProvider");

    [Fact]
    public void Tests_Waits_AreOnNoWallTime() =>
        SourceTree.Find(TestFiles(), Sleep()).Concat(DelaysOnWallTime(TestFiles())).ShouldBeEmpty("wait for a signal, move a FakeClock, or drain");

    [Fact]
    public void Tests_None_AreSkipped() =>
        SourceTree.Find(TestFiles(), Skipped()).ShouldBeEmpty("repair the test, or delete it");

    [Fact]
    public void Files_All_AreShort() =>
        SourceTree.CSharpFiles("src", "tests")
            .Select(file => (file.Path, Count: file.Lines.Count(IsCode)))
            .Where(file => file.Count >= MostLines)
            .Select(file => $"{file.Path}: {file.Count} lines of code")
            .ShouldBeEmpty($"a file holds one idea; look for the second one in those with {MostLines} lines of code or more");

    [Fact]
    public void DomainLog_EventIds_AreUnique()
    {
        var messages = typeof(DomainLog).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .SelectMany(m => m.GetCustomAttributes<LoggerMessageAttribute>().Select(a => (m.Name, a.EventId)))
            .ToArray();

        messages.ShouldNotBeEmpty();
        messages.GroupBy(m => m.EventId).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(m => m.Name))}").ShouldBeEmpty();
    }

    [Fact]
    public void Files_None_HoldSecrets() =>
        SourceTree.Find(SourceTree.TextFiles().Where(f => f.Path != ThisFile), Secret()).ShouldBeEmpty("secrets belong to the environment");

    private static IEnumerable<(string Path, string[] Lines)> TestFiles() => SourceTree.CSharpFiles("tests").Where(f => f.Path != ThisFile);

    private static bool IsCode(string line) => line.Trim() is { Length: > 0 } text && !text.StartsWith("//", StringComparison.Ordinal);

    /// <summary>Calls of Task.Delay whose arguments name no clock, over as many lines as they take.</summary>
    private static IEnumerable<string> DelaysOnWallTime(IEnumerable<(string Path, string[] Lines)> files)
    {
        foreach (var (path, lines) in files)
        {
            var text = string.Join('\n', lines.Select(line => line.TrimStart().StartsWith("//", StringComparison.Ordinal) ? "" : line));
            foreach (Match call in Delay().Matches(text))
            {
                var arguments = ArgumentsAt(text, call.Index + call.Length);
                if (!Clock().IsMatch(arguments) && !Endless().IsMatch(arguments))
                    yield return $"{path}:{text[..call.Index].Count(c => c == '\n') + 1}: Task.Delay({arguments})";
            }
        }
    }

    private static string ArgumentsAt(string text, int start)
    {
        var depth = 1;
        var end = start;
        for (; end < text.Length && depth > 0; end++)
            depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
        return text[start..Math.Max(start, end - 1)];
    }

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Now|UtcNow|Today)\b")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\b(Type|[aA]ssembly|\w*\.Assembly)\.GetType\(\s*[^)\s]")]
    private static partial Regex TypeByText();

    [GeneratedRegex(@"\bThread\.(Sleep|SpinWait)\(")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bTask\.Delay\(")]
    private static partial Regex Delay();

    [GeneratedRegex(@",\s*[\w.]*([tT]ime|[cC]lock|[tT]imeProvider)\s*(,|$)")]
    private static partial Regex Clock();

    [GeneratedRegex(@"^\s*(Timeout\.Infinite|-1\b)")]
    private static partial Regex Endless();

    [GeneratedRegex(@"\[\s*\w+\(.*\bSkip(When|Unless)?\s*=(?!=)")]
    private static partial Regex Skipped();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY|\\bAKIA[0-9A-Z]{16}\\b|\\bgh[pousr]_[A-Za-z0-9]{30,}|\\bxox[abp]-[A-Za-z0-9-]{10,}|\\beyJ[A-Za-z0-9_-]{20,}\\.eyJ|(?i:\\b(api[_-]?key|secret|access[_-]?token)\\b\\s*[=:]\\s*[\"'][^\"'\\s]{12,}[\"'])")]
    private static partial Regex Secret();
}
