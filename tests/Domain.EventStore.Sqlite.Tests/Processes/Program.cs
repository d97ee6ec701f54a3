using Xunit.Runner.InProc.SystemConsole;

namespace Protean.EventStore.Sqlite.Tests.Processes;

internal static class Program
{
    public static Task<int> Main(string[] arguments) =>
        arguments is [OtherProcess.Argument, var role, var path, var name] ? OtherRoles.PlayAsync(role, path, name) : ConsoleRunner.Run(arguments);
}
