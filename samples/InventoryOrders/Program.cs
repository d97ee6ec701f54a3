using System.Runtime.InteropServices;
using InventoryOrders.Hosting;

// From the first moment on, so that nothing is left behind: cancelled rather than ended. Who asks twice does not want to wait.
using var interrupted = new CancellationTokenSource();
PosixSignalRegistration[] signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Interrupt))];
try
{
    return await CommandLine.Create().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null }, interrupted.Token);
}
finally
{
    foreach (var signal in signals)
        signal.Dispose();
}

void Interrupt(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
