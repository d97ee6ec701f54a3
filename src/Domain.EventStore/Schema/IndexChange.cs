namespace Protean.EventStore.Schema;

/// <summary>A statement that builds or drops an index while others write.</summary>
/// <param name="Sql">The statement, which can be in no transaction.</param>
/// <param name="Builds">The index that is left unfinished if the statement fails; nothing if there is none.</param>
internal readonly record struct IndexChange(string Sql, string? Builds = null);
