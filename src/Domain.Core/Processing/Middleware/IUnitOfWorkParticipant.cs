using System.Data.Common;

namespace Protean;

/// <summary>
/// A scoped service that gathers writes of its own while a handler runs. They are written in the transaction of the handler's unit of work, and are committed with it
/// or not at all. Needs <see cref="MiddlewareDomainBuilderExtensions.UseUnitOfWork"/> and a store on a database.
/// </summary>
public interface IUnitOfWorkParticipant
{
    /// <summary>
    /// Takes what was gathered since the last call, and forgets it: asked again at once, there is nothing. Called when a handler has returned, and when it has failed, to
    /// throw away what it gathered.
    /// </summary>
    /// <returns>
    /// Writes it; nothing if there is nothing, since a unit without such writes shares its commit with others and is faster. It may be called again in another transaction, and
    /// by the engine after the services of the handler are disposed: it takes with it what it needs.
    /// </returns>
    Func<DbConnection, DbTransaction, CancellationToken, Task>? TakeWrites();
}
