using InventoryOrders.Hosting;

return await CommandLine.Create().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = CommandLine.TimeToTidyUp });
