using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Protean.Tests.House;

/// <summary>The sources this assembly was built from.</summary>
internal static partial class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files below a folder of the root, without what the build makes, with their paths from the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> CSharpFiles(params string[] folders) => folders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
        .Order(StringComparer.Ordinal)
        .Select(path => (path, File.ReadAllLines(Path.Combine(Root, path))));

    /// <summary>Every text file that is no product of a tool, with its path from the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> TextFiles() =>
        Walk(new DirectoryInfo(Root)).Order(StringComparer.Ordinal).Select(path => (path, File.ReadAllLines(Path.Combine(Root, path))));

    /// <summary>The lines of code that a pattern finds something in, each as <c>path:line: text</c>. Comments do not count.</summary>
    public static string[] Find(IEnumerable<(string Path, string[] Lines)> files, Regex pattern) =>
        [.. files.SelectMany(file => file.Lines.Select((line, i) => (file.Path, Number: i + 1, Text: line.Trim())))
            .Where(line => !line.Text.StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(line.Text))
            .Select(line => $"{line.Path}:{line.Number}: {line.Text}")];

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles().Where(f => TextName().IsMatch(f.Name)))
            yield return Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
        foreach (var file in folder.EnumerateDirectories().Where(d => d.Name is not ("bin" or "obj" or ".git") && !d.Name.StartsWith("BenchmarkDotNet", StringComparison.Ordinal)).SelectMany(Walk))
            yield return file;
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        // A deterministic build replaces the path of the sources; then the assembly stands below them.
        foreach (var start in new[] { Path.GetDirectoryName(here), AppContext.BaseDirectory })
        {
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Protean.Net.sln")))
                    return folder;
            }
        }

        throw new DirectoryNotFoundException($"No Protean.Net.sln above {here} or {AppContext.BaseDirectory}: these tests read the sources, so run them where they were built.");
    }

    [GeneratedRegex(@"\.(cs|csproj|props|targets|json|ya?ml|md|sh|sql|txt|config|editorconfig)$")]
    private static partial Regex TextName();
}
