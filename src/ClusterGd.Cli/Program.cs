using ClusterGd.Cli;

return FileLimit.IsTooLow(args) ? ExitCodes.BadInput : await CommandLineApp.RunAsync(args);
