namespace Protean.EventStore.TestServer;

/// <summary>The user a server runs as: PostgreSQL refuses to run as root, and no other needs to.</summary>
internal static class ServerUser
{
    /// <summary>Null when it is the user of this process.</summary>
    public static Task<string?> FindAsync(CancellationToken cancellationToken) => FindAsync(["postgres", "nobody"], cancellationToken);

    /// <summary>The first of these users that there is; null when it is the user of this process.</summary>
    public static async Task<string?> FindAsync(IReadOnlyCollection<string> candidates, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return null;
        foreach (var user in candidates)
        {
            if (await Command.TryRunAsync("id", ["-u", user], cancellationToken) is { ExitCode: 0 })
                return user;
        }
        throw new PostgresServerException($"A server does not run as root here, and there is no other user for it: create one of {string.Join(", ", candidates)}.");
    }
}
