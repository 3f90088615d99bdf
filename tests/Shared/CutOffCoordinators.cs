using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Tests;

/// <summary>
/// The coordinator, then the one that has taken over, and so on, are cut off from all others and from the client, both
/// ways or one way: each goes on alone with what it has, as long as it has not heard that another has taken over.
/// </summary>
public static class CutOffCoordinators
{
    private const int Strikes = 8;

    /// <summary>Enough steps to be in the middle of when the last cut is over.</summary>
    public static (Job Job, DataSet Data) LongJob()
    {
        var (job, data) = TestJobs.Named("mlp");
        var training = job.Training with { Epochs = 150, BatchSize = 250 };
        return (job with { Name = "long mlp", Training = training }, data);
    }

    public static SimulationOptions Options(ulong seed) => new()
    {
        Nodes = 4, Backups = (int)(seed % 4), ComputeMsMax = 5 + (int)(seed % 5) * 10,
        LatencyMsMax = 1 + (int)(seed % 3),
    };

    /// <summary>The same, and a user interrupts the run in the middle of it.</summary>
    public static SimulationOptions InterruptedOptions(ulong seed) =>
        Options(seed) with { InterruptAt = TimeSpan.FromSeconds(6 + seed % 30) };

    public static FaultPlan Faults(ulong seed)
    {
        var random = new Random((int)seed);
        var at = TimeSpan.FromSeconds(1);
        var faults = ImmutableArray.CreateBuilder<Fault>();
        for (int i = 0; i < Strikes; i++)
        {
            var time = TimeSpan.FromSeconds(2.5 + 2 * random.NextDouble());
            var fromNodes = FaultKinds.New(FaultKind.Partition) with
            {
                Nodes = [FaultTarget.Coordinator], At = FaultMoment.AtTime(at), For = time,
                Shape = i % 2 == 0 ? CutShape.Symmetric : (CutShape)random.Next(1, 3),
            };
            faults.Add(fromNodes);
            faults.Add(fromNodes with
            {
                Kind = FaultKind.CutPair, Nodes = [FaultTarget.Coordinator, FaultTarget.Client],
            });
            at += time + TimeSpan.FromSeconds(0.1);
        }
        return new FaultPlan(faults.ToImmutable());
    }
}
