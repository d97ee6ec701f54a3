using System.Runtime.InteropServices;
using Npgsql;
using Protean.Benchmarks.Load;
using Protean.Benchmarks.Load.Floors;
using Protean.Benchmarks.Load.Nodes;
using Protean.Benchmarks.Load.Servers;
using Protean.Brokers.TestServer;
using Protean.EventStore.TestServer;
using RabbitMQ.Client.Exceptions;

// The other processes of a row are this program, too; it has told them where their log is.
if (args is [CatchUpNode.Role or DeliveryNode.Role] && NodeAddress.FromEnvironment() is { } address)
    return args[0] == CatchUpNode.Role ? await CatchUpNode.RunAsync(address) : await DeliveryNode.RunAsync(address);

// Cancelled rather than ended, so that the server and the files are removed first.
using var interrupted = new CancellationTokenSource();
PosixSignalRegistration[] signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Interrupt))];

var parsed = LoadCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync(error.Message);
    await Console.Error.WriteLineAsync();
    LoadCommand.Create().Parse("--help").Invoke(new() { Output = Console.Error });
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return ExitCodes.Interrupted;
}
catch (Exception error) when (error is PostgresMissingException or PostgresServerException or RabbitMqMissingException or RabbitMqServerException or UnfitServerException or NodeFailure or PublishFailure or NpgsqlException or BrokerUnreachableException or RabbitMQClientException or Protean.ProteanException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return ExitCodes.Failed;
}
finally
{
    foreach (var signal in signals)
        signal.Dispose();
}

void Interrupt(PosixSignalContext context)
{
    context.Cancel = true;
    interrupted.Cancel();
}
