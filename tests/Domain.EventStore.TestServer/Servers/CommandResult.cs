namespace Protean.EventStore.TestServer;

/// <summary>How a program ended and what it wrote.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    public void Demand(string purpose, string details = "")
    {
        if (ExitCode != 0)
            throw new PostgresServerException($"Could not {purpose} (exit code {ExitCode}). {Errors.Trim()} {Output.Trim()} {details.Trim()}".TrimEnd());
    }
}
