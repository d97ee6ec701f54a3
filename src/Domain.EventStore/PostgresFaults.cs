using System.Net.Sockets;
using Npgsql;

namespace Protean.EventStore;

/// <summary>Turns what Npgsql throws into what the store promises to throw.</summary>
internal static class PostgresFaults
{
    public const string Store = "PostgreSQL";

    /// <summary>What <c>refuse</c> in the schema ends a transaction with.</summary>
    public const string Refused = "PN409";

    /// <summary>Whether the server itself said no, so that nothing of the transaction was written.</summary>
    public static bool IsAnswer(Exception error) => error is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Whether the server said no because of what one commit holds.</summary>
    public static bool IsOfContent(PostgresException error) =>
        error.SqlState.StartsWith("22", StringComparison.Ordinal) || error.SqlState.StartsWith("23", StringComparison.Ordinal) || error.SqlState.StartsWith("54", StringComparison.Ordinal);

    /// <summary>Whether an exception came from the database or from the way to it. A connection that is still in use says so before anything is sent.</summary>
    public static bool IsFault(Exception error) =>
        error is (NpgsqlException and not NpgsqlOperationInProgressException) or SocketException or IOException or TimeoutException;

    /// <summary>What the store throws instead. Values that the server quotes in its messages are left out: they can be payload.</summary>
    public static Exception Translate(Exception error) => error switch
    {
        PostgresException { SqlState: Refused } => error,
        PostgresException postgres => Translate(postgres),
        _ when IsFault(error) => new StoreUnavailableException(Store, Problem(error), error),
        _ => error,
    };

    private static Exception Translate(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Unavailable("the server refused the login: check user and password", error),
        PostgresErrorCodes.InvalidCatalogName => Unavailable("the database does not exist: create it, or correct the connection string", error),
        PostgresErrorCodes.CannotConnectNow => Unavailable("the server is starting up, shutting down or in recovery", error),
        PostgresErrorCodes.ReadOnlySqlTransaction => Unavailable("the server takes no writes: it is a standby, or set to read-only", error),
        PostgresErrorCodes.LockNotAvailable => Unavailable("the lock for writing, or that of a table, was not to be had within LockTimeout: another process holds it, or a change to a table that is being made by hand", error),
        PostgresErrorCodes.DiskFull => Unavailable("the server's disk is full", error),
        PostgresErrorCodes.TooManyConnections => Unavailable("the server takes no more connections", error),
        PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement =>
            Unavailable($"{error.MessageText}: behind a pooler that hands out a connection for a transaction, set PreparedStatements to false", error),
        PostgresErrorCodes.InsufficientPrivilege => new StoreSchemaException(Store, $"the user may not do what is needed ({error.MessageText}). Grant it, or let somebody who may run the script of ExportSchema.", error),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName =>
            new StoreSchemaException(Store, $"something of it is missing ({error.MessageText}). Was it removed after the store was initialized?", error),
        _ when error.SqlState.StartsWith("22", StringComparison.Ordinal) || error.SqlState.StartsWith("54", StringComparison.Ordinal) =>
            new ArgumentException($"PostgreSQL cannot store a value ({error.SqlState}): {Explain(error)}."),
        // Its message quotes values only in the detail, which is left out.
        _ when error.SqlState.StartsWith("23", StringComparison.Ordinal) => new ArgumentException(
            $"PostgreSQL refused a row of '{error.SchemaName}.{error.TableName}' for '{error.ConstraintName ?? error.ColumnName}' ({error.SqlState}). If that was added by hand, write what it allows; if rows were, initialize the store anew."),
        _ => Unavailable($"{error.MessageText} ({error.SqlState})", error),
    };

    /// <summary>Npgsql has one exception for all that can happen on the way, and tells it in words.</summary>
    private static string Problem(Exception error)
    {
        if (error.Message.Contains("pool has been exhausted", StringComparison.Ordinal))
            return "all connections of the pool are in use, and none came free in time: raise Maximum Pool Size in the connection string, or do less at once";
        return Innermost(error) is var innermost && innermost.Contains("Timeout during reading", StringComparison.Ordinal)
            ? "the server did not answer in time: see what holds it up, or raise Command Timeout in the connection string"
            : $"the server cannot be reached, or the connection was lost ({innermost})";
    }

    private static string Explain(PostgresException error) => error.SqlState switch
    {
        PostgresErrorCodes.CharacterNotInRepertoire => "a text contains the character U+0000, or is no valid Unicode",
        PostgresErrorCodes.UntranslatableCharacter => "a text contains the character U+0000",
        PostgresErrorCodes.InvalidTextRepresentation => "a body is no JSON that it accepts, such as one with half of a surrogate pair",
        PostgresErrorCodes.NumericValueOutOfRange => "a number is too large",
        PostgresErrorCodes.ProgramLimitExceeded => "an indexed member is too long for an index, or a body has too many members",
        _ => "it is outside of what its type allows",
    };

    private static StoreUnavailableException Unavailable(string problem, PostgresException error) => new(Store, problem, error);

    private static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner)
            error = inner;
        return error.Message.TrimEnd('.');
    }
}
