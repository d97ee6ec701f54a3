using System.Collections.Concurrent;

namespace Protean.EventStore.TestServer;

/// <summary>Databases prepared once a process, to be copied for each test.</summary>
internal sealed class TemplateDatabases(TestPostgres server)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<TestDatabase>>> _templates = new(StringComparer.Ordinal);

    /// <summary>The name of the template for a key. One that could not be prepared is tried again by the next who asks.</summary>
    public async Task<string> GetAsync(string key, Func<string, Task> prepare)
    {
        // No caller's cancellation: the others wait for the same template.
        var template = _templates.GetOrAdd(key, _ => new(() => MakeAsync(prepare)));
        try
        {
            return (await template.Value).Name;
        }
        catch
        {
            _templates.TryRemove(new(key, template));
            throw;
        }
    }

    public async Task DropAllAsync()
    {
        foreach (var key in _templates.Keys)
        {
            if (_templates.TryRemove(key, out var template) && template is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await template.Value).DisposeAsync();
        }
    }

    private async Task<TestDatabase> MakeAsync(Func<string, Task> prepare)
    {
        var database = await TestDatabase.CreateAsync(template: null, server);
        try
        {
            await prepare(database.ConnectionString);
            await database.CloseAsync();
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }
}
