using System.ComponentModel;
using System.Diagnostics;

namespace Protean.EventStore.TestServer;

/// <summary>Runs a program to its end, as another user if one is given.</summary>
internal static class Command
{
    public static async Task<CommandResult> RunAsync(string? user, string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(user, program, arguments, readsOutput: true);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(cancellationToken);
            return new CommandResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Null when there is no such program.</summary>
    public static async Task<CommandResult?> TryRunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(user: null, program, arguments, cancellationToken);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public static Process Start(string? user, string program, IEnumerable<string> arguments, bool readsOutput)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            // The caller's own directory may be closed to the other user.
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = readsOutput,
            RedirectStandardError = readsOutput,
            UserName = user ?? "",
        };
        // PGPORT, PGDATA and their like belong to another server, and messages are read in English.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }
}
