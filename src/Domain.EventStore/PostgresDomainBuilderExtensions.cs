using Microsoft.Extensions.DependencyInjection;
using Protean.EventStore;

namespace Protean;

/// <summary>Puts a domain on PostgreSQL.</summary>
public static class PostgresDomainBuilderExtensions
{
    /// <summary>Keeps everything in a PostgreSQL database, in the schema <c>protean</c>, which is made when it is missing.</summary>
    public static DomainBuilder UsePostgres(this DomainBuilder domain, string connectionString) =>
        domain.UsePostgres(options => options.ConnectionString = connectionString);

    /// <summary>Keeps everything in a PostgreSQL database.</summary>
    /// <exception cref="ArgumentException">An option has a value that cannot be.</exception>
    public static DomainBuilder UsePostgres(this DomainBuilder domain, Action<PostgresStoreOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(domain);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new PostgresStoreOptions();
        configure(options);
        options.Check();
        return domain.UseStore(services => new PostgresEventStore(options, services.GetService<TimeProvider>(), services.GetService<ILogger<PostgresEventStore>>()));
    }
}
