using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>A node that is slow but there makes the steps of all slower by a few times at most.</summary>
public class SlowNodeTests(ITestOutputHelper output)
{
    private const int Factor = 50;
    private const double TimesMax = 2;

    private static readonly SimulationOptions s_options = new()
    {
        Nodes = 4, Backups = 1, ComputeMsMax = 40, LatencyMsMax = 2, SafetyMax = TimeSpan.FromHours(1),
    };

    [Theory, InlineData(1), InlineData(3)]
    public void Run_ANodeFiftyTimesSlower_TakesAFewTimesAsLongAndEndsWithTheSameBits(int node)
    {
        var schedules = Schedules.Of(OneEvaluation);
        var slow = FaultKinds.New(FaultKind.Slow) with
        {
            At = FaultMoment.AtStep(5), Nodes = [FaultTarget.Node(node)], Factor = Factor, For = TimeSpan.FromHours(1),
        };
        foreach (ulong seed in Schedules.Seeds(2))
        {
            var without = schedules.Run(FaultPlan.None, seed, s_options);
            var with = schedules.Run(FaultPlan.Of(slow), seed, s_options);
            output.WriteLine($"seed {seed}: {without.Time} without, {with.Time} with");

            Assert.Null(with.Problem);
            Assert.True(with.Time < TimesMax * without.Time, $"seed {seed}: {with.Time} for {without.Time}; replay: " +
                $"CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Core.Tests --filter SlowNodeTests");
        }
    }

    /// <summary>Two hundred steps: an evaluation waits for everybody.</summary>
    private static (Job Job, DataSet Data) OneEvaluation
    {
        get
        {
            var (job, data) = TestJobs.Named("kmeans");
            job = job with
            {
                Name = "one evaluation", Model = Component.Of("kmeans", ("clusters", 3)),
                Training = job.Training with { Shards = 8, BatchSize = 90, Epochs = 20, EvaluateEvery = 100 },
            };
            return (job, data);
        }
    }
}
