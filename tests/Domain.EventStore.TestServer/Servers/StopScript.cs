namespace Protean.EventStore.TestServer;

/// <summary>How a watchdog stops the server in <c>$dir</c>, if one runs there: a shell function <c>stop</c>, and what it is called with. It can ask <c>runs_with PROCESS ARGUMENT</c>.</summary>
internal sealed record StopScript(string Function, params string[] Arguments)
{
    /// <summary>Stops a PostgreSQL server.</summary>
    public static StopScript Postgres(string pgCtl) => new(
        """
        stop() {
          pid=$(head -n 1 "$dir/data/postmaster.pid")
          if [ -n "$pid" ] && runs_with "$pid" "$dir/data"; then
            "$1" -D "$dir/data" -m immediate -w -t 20 -s stop || kill -KILL "$pid"
          fi
        }
        """,
        pgCtl);
}
