using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>Sixteen nodes and fifty steps under every kind of fault that can be simulated.</summary>
public class ManyNodesTests
{
    [Fact]
    public void Run_SixteenNodesAndFiftySteps_EndWithTheGoldenParametersOrSayWhatIsWrong() =>
        Schedules.Of(SixteenShards).Check(
            nameof(ManyNodesTests), 2000,
            seed => new SimulationOptions { Nodes = 16, Backups = 1 }.WithTimesOf(seed),
            (seed, options) => FaultPlan.Random(seed, new FaultRange
            {
                Nodes = 16, Steps = 50, Time = TimeSpan.FromSeconds(1) + options.TimeOf(50),
            }));

    /// <summary>Fifty steps of a few rows each: what is tried is the protocol.</summary>
    private static (Job Job, DataSet Data) SixteenShards
    {
        get
        {
            var (job, data) = TestJobs.Named("kmeans");
            job = job with
            {
                Name = "sixteen shards", Model = Component.Of("kmeans", ("clusters", 3)),
                Training = job.Training with { Shards = 16, BatchSize = 90, Epochs = 5, EvaluateEvery = 2 },
            };
            return (job, data);
        }
    }
}
