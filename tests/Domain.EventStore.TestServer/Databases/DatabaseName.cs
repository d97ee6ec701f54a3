using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Protean.EventStore.TestServer;

/// <summary>Names that no two tests share, safe to write into SQL as they are.</summary>
internal static partial class DatabaseName
{
    public const string Prefix = "protean_test_";

    public static string Next() =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}_{RandomNumberGenerator.GetHexString(16, lowercase: true)}");

    /// <summary>A name that comes from outside: SQL takes no parameter in its place.</summary>
    public static string Validated(string name) =>
        Valid().IsMatch(name) ? name : throw new ArgumentException($"'{name}' is no database name: lower-case letters, digits and underscores, 63 at most.", nameof(name));

    [GeneratedRegex(@"\A[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex Valid();
}
