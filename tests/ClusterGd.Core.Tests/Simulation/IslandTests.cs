using ClusterGd.Core.Faults;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// A coordinator that is cut off with the state of every slice, while the others go on under another one: what it hears
/// late, and what it does by it, changes nothing.
/// </summary>
public class IslandTests
{
    [Theory]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(2, 1)]
    public void Run_CoordinatorWithEverySliceIsCutOff_EndsWithTheSameBits(int nodes, int backups) =>
        LongRun.Check(
            nameof(IslandTests), 40,
            seed => new SimulationOptions
            {
                Nodes = nodes, Backups = backups, ComputeMsMax = 20 + (int)(seed % 5) * 10,
            },
            (seed, _) => FaultPlan.Of(FaultKinds.New(FaultKind.Partition) with
            {
                Nodes = [FaultTarget.Coordinator], At = FaultMoment.AtStep(5 + (int)(seed % 20)),
                For = TimeSpan.FromSeconds(3 + 0.25 * (seed % 20)),
            }));

    /// <summary>Enough steps to be in the middle of when the cut is over.</summary>
    private static Schedules LongRun
    {
        get
        {
            var (job, data) = TestJobs.Named("mlp");
            return Schedules.Of((job with
            {
                Name = "long mlp", Training = job.Training with { Epochs = 60, BatchSize = 250 },
            }, data));
        }
    }
}
