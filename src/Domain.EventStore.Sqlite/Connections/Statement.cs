using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Connections;

/// <summary>
/// A prepared statement. Values are added in the order of its parameters; disposing it makes it ready for the next use. A value that cannot be
/// added disposes it, since whoever adds it has not got hold of it yet.
/// </summary>
internal sealed class Statement : IDisposable
{
    private const int OnStack = 512;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly Database _database;
    private readonly sqlite3_stmt _handle;
    private int _parameters;

    public Statement(Database database, sqlite3_stmt handle)
    {
        _database = database;
        _handle = handle;
    }

    public bool IsInUse { get; private set; }

    public Statement Begin()
    {
        if (IsInUse)
            throw new InvalidOperationException("The statement is in use already.");
        IsInUse = true;
        _parameters = 0;
        return this;
    }

    public Statement With(long value) => Checked(raw.sqlite3_bind_int64(_handle, ++_parameters, value));

    public Statement With(long? value) => value is { } some ? With(some) : WithNull();

    public Statement With(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return With(bytes);
    }

    public Statement With(Guid? value) => value is { } some ? With(some) : WithNull();

    public Statement With(ReadOnlySpan<byte> value) => Checked(
        value.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, ++_parameters, 0) : raw.sqlite3_bind_blob(_handle, ++_parameters, value));

    public Statement With(byte[]? value) => value is null ? WithNull() : With(value.AsSpan());

    /// <summary>Adds a text.</summary>
    /// <exception cref="ArgumentException">It holds half a character, which could not be read back.</exception>
    public Statement With(string? value)
    {
        if (value is null)
            return WithNull();
        if (value.Length == 0)
            return Checked(raw.sqlite3_bind_text(_handle, ++_parameters, ""));
        byte[]? rented = null;
        var most = Strict.GetMaxByteCount(value.Length);
        var buffer = most <= OnStack ? stackalloc byte[OnStack] : (rented = ArrayPool<byte>.Shared.Rent(most));
        try
        {
            var length = Strict.GetBytes(value, buffer);
            return Checked(raw.sqlite3_bind_text(_handle, ++_parameters, buffer[..length]));
        }
        catch (EncoderFallbackException error)
        {
            Dispose();
            throw new ArgumentException($"A text that is to be stored holds half a surrogate pair at {error.Index}, which is no character.", nameof(value), error);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public Statement WithNull() => Checked(raw.sqlite3_bind_null(_handle, ++_parameters));

    /// <returns>Whether there is a row.</returns>
    /// <exception cref="OperationCanceledException">The read is no longer wanted.</exception>
    public bool Step()
    {
        _database.Cancellation.ThrowIfCancellationRequested();
        return Next();
    }

    /// <summary>Runs it, whoever has given up meanwhile, and makes it ready for the next use.</summary>
    /// <returns>How many rows were changed.</returns>
    public int Run()
    {
        using (this)
        {
            while (Next())
            {
            }

            return _database.Changes;
        }
    }

    /// <summary>The first column of the first row.</summary>
    public long? Scalar()
    {
        using (this)
            return Step() ? OptionalNumber(0) : null;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(_handle, column);

    public long? OptionalNumber(int column) => IsNull(column) ? null : Number(column);

    /// <summary>The bytes of a blob or text, valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_handle, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? OptionalText(int column) => IsNull(column) ? null : Text(column);

    public Guid Id(int column) => new(Bytes(column), bigEndian: true);

    public Guid? OptionalId(int column) => IsNull(column) ? null : Id(column);

    public void Dispose()
    {
        if (!IsInUse)
            return;
        IsInUse = false;
        raw.sqlite3_reset(_handle);
        // Otherwise the last large body would stay in memory.
        raw.sqlite3_clear_bindings(_handle);
    }

    public void Close() => _handle.Dispose();

    private bool Next()
    {
        var code = raw.sqlite3_step(_handle);
        if (code == raw.SQLITE_ROW)
            return true;
        if (code != raw.SQLITE_DONE)
            throw _database.Failure(code);
        return false;
    }

    private Statement Checked(int code)
    {
        if (code == raw.SQLITE_OK)
            return this;
        var failure = _database.Failure(code);
        Dispose();
        throw failure;
    }
}
