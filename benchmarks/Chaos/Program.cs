using System.Globalization;
using System.Runtime.InteropServices;
using Npgsql;
using Protean.Benchmarks.Chaos;
using Protean.Benchmarks.Chaos.Running;
using Protean.Benchmarks.Chaos.Stores;
using Protean.Benchmarks.Chaos.Workers;
using Protean.EventStore.TestServer;

// The other processes of a run are this program, too; it has told them where their store is.
if (args is [Worker.Role or LogReader.Role, var number, var seed] && StoreAddress.FromEnvironment() is { } address)
{
    return args[0] == Worker.Role
        ? await WorkerRole.RunAsync(address, int.Parse(number, CultureInfo.InvariantCulture), int.Parse(seed, CultureInfo.InvariantCulture))
        : await LogReaderRole.RunAsync(address, int.Parse(seed, CultureInfo.InvariantCulture));
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
    ChaosCommand.Create().Parse("store --help").Invoke(new() { Output = Console.Error });
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
catch (Exception error) when (error is PostgresMissingException or PostgresServerException or NpgsqlException or Protean.ProteanException)
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
