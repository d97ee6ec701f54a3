using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;
using Protean.Benchmarks.Chaos;
using Protean.Benchmarks.Chaos.Deliveries.Workers;
using Protean.Benchmarks.Chaos.Notifications.Domains;
using Protean.Benchmarks.Chaos.Notifications.Workers;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;
using Protean.Brokers.TestServer;
using Protean.EventStore.TestServer;

// The other processes of a run are this program, too; it has told them where their store is.
if (args is [Worker.Role or LogReader.Role or NodeRole.Name or SenderRole.Name or ReceiverRole.Name, var numberText, var seedText] && StoreAddress.FromEnvironment() is { } address)
{
    var (number, seed) = (int.Parse(numberText, CultureInfo.InvariantCulture), int.Parse(seedText, CultureInfo.InvariantCulture));
    return args[0] switch
    {
        Worker.Role => await WorkerRole.RunAsync(address, number, seed),
        NodeRole.Name => await NodeRole.RunAsync(address, number, seed),
        SenderRole.Name => await SenderRole.RunAsync(address, BrokerAddress.FromEnvironment()!, number, seed),
        ReceiverRole.Name => await ReceiverRole.RunAsync(address, BrokerAddress.FromEnvironment()!, number, seed),
        _ => await LogReaderRole.RunAsync(address, seed),
    };
}

// Cancelled rather than ended, so that processes, server and files are removed first.
using var interrupted = new CancellationTokenSource();
PosixSignalRegistration[] signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Interrupt))];

var parsed = ChaosCommand.Create().Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        await Console.Error.WriteLineAsync(error.Message);
    await Console.Error.WriteLineAsync();
    ChaosCommand.Create().Parse([args is [ChaosCommand.Engine or ChaosCommand.Broker, ..] ? args[0] : ChaosCommand.Store, "--help"]).Invoke(new() { Output = Console.Error });
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (Exception) when (interrupted.IsCancellationRequested)
{
    return ExitCodes.Interrupted;
}
catch (Exception error) when (error is PostgresMissingException or RabbitMqMissingException or RabbitMqServerException or PostgresServerException or NpgsqlException or Protean.ProteanException)
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
