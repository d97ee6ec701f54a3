using Protean.EventStore.TestServer;

await using var server = await PostgresServer.StartAsync();
Console.WriteLine(server.RootDirectory);
Console.WriteLine(server.ProcessId);

// Until it is killed, or the end of its input says that nobody is there any more to kill it.
await Console.In.ReadToEndAsync();
