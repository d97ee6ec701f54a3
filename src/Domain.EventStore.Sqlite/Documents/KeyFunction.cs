using System.Buffers;
using System.Text;
using Protean.EventStore.Sqlite.Connections;
using SQLitePCL;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>The SQL function that finds the key of a value in a document, for paths without a column of their own.</summary>
internal sealed class KeyFunction
{
    public const string Name = "protean_key";

    private const int MostPaths = 32;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<(byte[] Text, JsonPath Path)> _paths = [];

    public static void AddTo(Database database) => database.AddFunction(Name, 2, new KeyFunction().Call);

    private void Call(sqlite3_context context, object state, sqlite3_value[] arguments)
    {
        try
        {
            var path = Path(raw.sqlite3_value_blob(arguments[1]));
            _output.ResetWrittenCount();
            if (KeyEncoding.TryWrite(raw.sqlite3_value_blob(arguments[0]), path, _output))
                raw.sqlite3_result_blob(context, _output.WrittenSpan);
            else
                raw.sqlite3_result_null(context);
        }
        catch (Exception error)
        {
            // An exception must not cross native frames.
            raw.sqlite3_result_error(context, error.Message);
        }
    }

    private JsonPath Path(ReadOnlySpan<byte> text)
    {
        foreach (var (known, path) in _paths)
        {
            if (text.SequenceEqual(known))
                return path;
        }

        if (_paths.Count >= MostPaths)
            _paths.Clear();
        _paths.Add((text.ToArray(), JsonPath.Parse(Encoding.UTF8.GetString(text))));
        return _paths[^1].Path;
    }
}
