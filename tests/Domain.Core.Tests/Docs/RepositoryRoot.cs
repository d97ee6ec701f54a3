using System.Runtime.CompilerServices;

namespace Protean.Tests.Docs;

/// <summary>Finds the source tree that these tests were built from.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find([CallerFilePath] string here = "")
    {
        // Deterministic CI builds map source paths, so the way up from the built assembly is the fallback.
        foreach (var start in new[] { System.IO.Path.GetDirectoryName(here)!, AppContext.BaseDirectory })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = System.IO.Path.GetDirectoryName(folder))
            {
                if (File.Exists(System.IO.Path.Combine(folder, "Protean.Net.sln")))
                    return folder;
            }
        }

        throw new InvalidOperationException("The source tree of the tests is not here: run them where they were built.");
    }
}
