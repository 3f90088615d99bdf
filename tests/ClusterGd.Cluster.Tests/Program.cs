using ClusterGd.Cluster;
using ClusterGd.Tests;

// The determinism test starts this assembly again, with other instruction sets: it trains the named job on one node and
// prints the hash of the parameters.
var (job, data) = TestJobs.Named(args[0]);
var result = await Trainer.RunAsync(job, data, new TrainingOptions(), null, CancellationToken.None);
Console.WriteLine(result.ModelSha256);
