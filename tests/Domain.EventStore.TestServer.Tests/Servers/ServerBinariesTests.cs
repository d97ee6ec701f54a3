using Shouldly;
using Xunit;

namespace Protean.EventStore.TestServer.Tests;

public sealed class ServerBinariesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("protean-binaries-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task FindAsync_SomeTooOldOrIncomplete_TakesTheFirstThatFits()
    {
        var old = Install("old", "14.9", "initdb", "pg_ctl", "postgres");
        var clientOnly = Install("client", "16.1", "pg_ctl");
        var fitting = Install("fitting", "15.3", "initdb", "pg_ctl", "postgres");
        var newer = Install("newer", "17.0", "initdb", "pg_ctl", "postgres");

        var found = await ServerBinaries.FindAsync([old, clientOnly, fitting, newer], TestContext.Current.CancellationToken);

        found.PgCtl.ShouldBe(Path.Combine(fitting, "pg_ctl"));
    }

    [Fact]
    public async Task FindAsync_OnlyTooOld_NamesTheOldestVersionThatWillDo()
    {
        var old = Install("old", "14.9", "initdb", "pg_ctl", "postgres");

        var missing = await Should.ThrowAsync<PostgresMissingException>(() => ServerBinaries.FindAsync([old], TestContext.Current.CancellationToken));

        missing.Message.ShouldContain("PostgreSQL 15 or newer");
    }

    private string Install(string name, string version, params string[] programs)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        foreach (var program in programs)
        {
            var file = Path.Combine(directory, program);
            File.WriteAllText(file, $"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        return directory;
    }
}
