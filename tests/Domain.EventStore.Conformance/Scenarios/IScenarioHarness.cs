namespace Protean.EventStore.Conformance.Scenarios;

/// <summary>What a store brings along so that the scenarios can be played on it.</summary>
public interface IScenarioHarness : IAsyncDisposable
{
    /// <summary>Puts a domain on the store. All domains of a test share what is in it.</summary>
    void Use(DomainBuilder domain);

    /// <summary>Changes the body of the second message of every stream, past the store, and takes its checksum away if it is not to be kept.</summary>
    Task AlterSecondMessageAsync(string body, bool keepsChecksum);
}
