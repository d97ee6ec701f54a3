namespace Protean.EventStore.Sqlite.Tests;

/// <summary>A database file in a folder of its own, both removed in the end.</summary>
internal sealed class TempFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("protean-sqlite-");

    public string Folder => _folder.FullName;

    public string Path => System.IO.Path.Combine(Folder, "store.db");

    public void Dispose() => _folder.Delete(recursive: true);
}
