using Microsoft.Extensions.DependencyInjection;
using Protean.EventStore.Sqlite;

namespace Protean;

/// <summary>Keeps a domain in a SQLite file.</summary>
public static class SqliteDomainBuilderExtensions
{
    /// <summary>Keeps everything in one file, which is made when it is not there. No server is needed.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="path">The file, such as <c>inventory.db</c>.</param>
    public static DomainBuilder UseSqlite(this DomainBuilder domain, string path) => domain.UseSqlite(options => options.Path = path);

    /// <summary>Keeps everything in one file, which is made when it is not there. No server is needed.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="configure">Names the file, and whatever is to differ from the defaults.</param>
    /// <exception cref="ArgumentException">An option has a value that cannot be used.</exception>
    public static DomainBuilder UseSqlite(this DomainBuilder domain, Action<SqliteStoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new SqliteStoreOptions();
        configure(options);
        options = options.Checked();
        return domain.UseStore(services => new SqliteEventStore(options, services.GetService<TimeProvider>()));
    }
}
