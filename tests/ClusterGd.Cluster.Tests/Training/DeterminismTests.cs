using System.Diagnostics;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>
/// The one idea: the same bits, whatever the nodes, the threads, the order of messages or the CPU features.
/// </summary>
public class DeterminismTests
{
    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    [InlineData("logistic over float16")]
    [InlineData("weighted logistic")]
    public async Task Training_AnyNodesThreadsOrderAndInstructions_HasOneHash(string name)
    {
        var (job, data) = TestJobs.Named(name);
        long steps = new Core.Protocol.TrainingPlan(job, data).StepsTotal;
        string golden = ModelHash.Of(SequentialTrainer.Train(job, data, steps));

        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (int nodes in new[] { 1, 2, 3, 4, 8 })
        {
            hashes[$"{nodes} nodes"] = await Hash(nodes, 0, new InProcessDataPlane());
        }
        foreach (int threads in new[] { 1, 2 })
        {
            hashes[$"{threads} threads"] = await Hash(1, threads, new InProcessDataPlane());
        }
        await using (var shuffling = new ShufflingDataPlane(seed: 42))
        {
            hashes["shuffled delivery"] = await Hash(3, 2, shuffling);
        }
        foreach (string off in new[] { "DOTNET_EnableAVX512", "DOTNET_EnableAVX2" })
        {
            hashes[$"{off}=0"] = HashOfProcess(name, off);
        }

        Assert.All(hashes, pair => Assert.Equal((pair.Key, golden), (pair.Key, pair.Value)));

        async Task<string> Hash(int nodes, int threads, IDataPlane plane)
        {
            var options = new TrainingOptions { Nodes = nodes, Threads = threads };
            var result = await Trainer.RunAsync(job, data, options, plane, null, CancellationToken.None);
            Assert.Equal(steps, result.Steps);
            return result.ModelSha256;
        }
    }

    /// <summary>Segments so long that others than the node's own actor add them, while the rest is computed.</summary>
    [Fact]
    public async Task Training_LargeNetworkOfSeveralSlices_HasTheHashOfAPlainLoop()
    {
        var (job, data) = TestJobs.Named("mlp");
        job = job with
        {
            Model = Component.Of("mlp", ("hidden", new[] { 1024, 1024 })),
            Training = job.Training with { BatchSize = 250, Epochs = 1, SliceSize = 300_000 },
        };
        var plan = new Core.Protocol.TrainingPlan(job, data);
        Assert.Equal(4, plan.Segments.Length);
        var result = await Trainer.RunAsync(
            job, data, new TrainingOptions { Nodes = 2, Threads = 2 }, new InProcessDataPlane(), null,
            CancellationToken.None);

        Assert.Equal(
            ModelHash.Of(SequentialTrainer.Train(job, data, plan.StepsTotal)), result.ModelSha256);
    }

    private static string HashOfProcess(string job, string switchedOff)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        { RedirectStandardOutput = true };
        string[] arguments = ["exec", typeof(DeterminismTests).Assembly.Location, job];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment[switchedOff] = "0";
        using var process = Process.Start(start)!;
        string hash = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return hash;
    }
}
