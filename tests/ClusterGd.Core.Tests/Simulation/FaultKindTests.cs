using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>Each kind of fault alone and often: where all of them strike, one may hide what another breaks.</summary>
public class FaultKindTests
{
    public static TheoryData<FaultKind> Kinds() => new(Enum.GetValues<FaultKind>());

    [Theory, MemberData(nameof(Kinds))]
    public void Run_OneKindOfFaultAlone_EndsWithTheGoldenParameters(FaultKind kind)
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with { Training = job.Training with { Epochs = 1, BatchSize = 250 } };
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var golden = SequentialTrainer.Train(job, data, plan.StepsTotal);
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var result = new SimulatedCluster(plan, store, 3, Plan(kind, seed), seed, TimeSpan.FromMinutes(30)).Run();

            Assert.True(result.Problem is null, $"{kind}, seed {seed}: {result.Problem}");
            Assert.Equal(golden, result.Parameters);
        }
    }

    // No arm for the rest: a new kind does not compile before it is tried here.
    private static FaultPlan Plan(FaultKind kind, ulong seed) => kind switch
    {
        FaultKind.Drop => FaultPlan.None with { Drop = 0.4 },
        FaultKind.Duplicate => FaultPlan.None with { Duplicate = 0.8 },
        FaultKind.Delay => FaultPlan.None with { DelayMsMax = 500 },
        FaultKind.Join or FaultKind.Leave or FaultKind.Kill =>
            FaultPlan.None.WithMembership(seed, TimeSpan.FromMilliseconds(300), kind),
    };
}
