using ClusterGd.Cli;

return await CommandLineApp.RunAsync(args);
