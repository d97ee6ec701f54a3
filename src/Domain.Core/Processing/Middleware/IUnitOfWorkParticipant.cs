using System.Data.Common;

namespace Protean;

/// <summary>
/// A scoped service that writes to the database itself, such as a DbContext: what it has gathered while a handler ran is written in the transaction of the handler's
/// unit of work, and is committed with it or not at all. Needs <see cref="MiddlewareDomainBuilderExtensions.UseUnitOfWork"/> and a store on a database.
/// </summary>
public interface IUnitOfWorkParticipant
{
    /// <summary>Whether it has anything to write. A unit without such writes shares its commit with others, and is faster.</summary>
    bool HasChanges { get; }

    /// <summary>Writes what it has gathered. May be called again, in another transaction, if the first could not be committed.</summary>
    Task SaveAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken);
}
