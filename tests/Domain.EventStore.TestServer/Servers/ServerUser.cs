namespace Protean.EventStore.TestServer;

/// <summary>The user the server runs as: PostgreSQL refuses to run as root.</summary>
internal static class ServerUser
{
    private static readonly string[] _candidates = ["postgres", "nobody"];

    /// <summary>Null when it is the user of this process.</summary>
    public static async Task<string?> FindAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return null;
        foreach (var user in _candidates)
        {
            if (await Command.TryRunAsync("id", ["-u", user], cancellationToken) is { ExitCode: 0 })
                return user;
        }
        throw new PostgresServerException($"PostgreSQL refuses to run as root, and there is no other user for it: create one of {string.Join(", ", _candidates)}.");
    }
}
