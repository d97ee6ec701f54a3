using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Protean.Docs.Guides;

/// <summary>A document of the repository, cut into its blocks of code and the text around them.</summary>
internal sealed partial class Document
{
    private Document(string path, string text)
    {
        Path = path;
        Text = text;
        (Blocks, Prose) = Cut(text.Split('\n'));
    }

    /// <summary>The path from the root of the repository.</summary>
    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<CodeBlock> Blocks { get; }

    /// <summary>Everything that is no code.</summary>
    public IReadOnlyList<string> Prose { get; }

    public IEnumerable<string> Headings => Prose.Where(line => line.StartsWith('#')).Select(line => line.TrimStart('#').Trim());

    public static string Root { get; } = FindRoot();

    public static Document Read(string path) => new(path, ReadText(path));

    public static string ReadText(string path) => File.ReadAllText(System.IO.Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>Every document below a folder.</summary>
    public static IEnumerable<string> Below(string folder) =>
        Directory.EnumerateFiles(System.IO.Path.Combine(Root, folder), "*.md", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(Root, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>The rows of the table that begins below a heading, without its head, each by its cells.</summary>
    public IReadOnlyList<string[]> Table(string heading) =>
    [
        .. Prose.SkipWhile(line => line.TrimStart('#').Trim() != heading || !line.StartsWith('#')).SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|'))
            .Skip(2).Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()),
    ];

    /// <summary>What stands behind the # of a link to a heading.</summary>
    public static string Anchor(string heading) => NoAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    private static (List<CodeBlock> Blocks, List<string> Prose) Cut(string[] lines)
    {
        List<CodeBlock> blocks = [];
        List<string> prose = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var fence = lines[i].TrimStart();
            if (!fence.StartsWith("```", StringComparison.Ordinal))
            {
                prose.Add(lines[i]);
                continue;
            }

            var begin = i;
            List<string> code = [];
            for (i++; i < lines.Length && lines[i].Trim() != "```"; i++)
                code.Add(lines[i]);
            var mark = begin > 0 ? Mark().Match(lines[begin - 1]) : Match.Empty;
            blocks.Add(new(begin + 1, fence[3..].Trim(), mark.Groups["kind"].Value, mark.Groups["what"].Value, string.Join('\n', code)));
        }

        return (blocks, prose);
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // A deterministic build replaces the path of the sources; then the assembly stands below them.
        foreach (var start in new[] { System.IO.Path.GetDirectoryName(here), AppContext.BaseDirectory })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = System.IO.Path.GetDirectoryName(folder))
            {
                if (File.Exists(System.IO.Path.Combine(folder, "Protean.Net.sln")))
                    return folder;
            }
        }

        throw new DirectoryNotFoundException("The source tree of the tests is not here: run them where they were built.");
    }

    [GeneratedRegex(@"^\s*<!-- (?<kind>\w+): (?<what>.+?) -->$")]
    private static partial Regex Mark();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}

/// <summary>A block of code.</summary>
/// <param name="Line">Where it begins.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Kind">What the mark above it says it is: <c>code</c>, <c>source</c>, <c>output</c>; empty without one.</param>
/// <param name="What">What the mark says it is of.</param>
/// <param name="Code">The lines within.</param>
internal sealed record CodeBlock(int Line, string Language, string Kind, string What, string Code);
