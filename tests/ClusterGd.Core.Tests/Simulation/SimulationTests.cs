using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// The protocol classes of the product under thousands of random schedules. CLUSTERGD_SEEDS sets how many a job;
/// CLUSTERGD_SEED runs one, which is how a failure is replayed.
/// </summary>
public class SimulationTests
{
    private static readonly TimeSpan s_timeMax = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    [InlineData("logistic over float16")]
    public void Run_LossDuplicationReorderingAndDelay_EndsWithTheGoldenParameters(string name) =>
        Check(name, 1000, (seed, _) => FaultPlan.Random(seed), _ => null);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_NodesJoinAndLeave_EndsWithTheGoldenParametersAndLosesNothing(string name) =>
        Check(name, 1000, (seed, time) =>
            FaultPlan.Random(seed).WithMembership(seed, time, FaultKind.Join, FaultKind.Leave),
            result => result.Generations == 0 ? null : "a graceful change made the run begin anew");

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("mlp over bfloat16")]
    public void Run_NodesDie_EndsWithTheGoldenParameters(string name) =>
        Check(name, 1000, (seed, time) => FaultPlan.Random(seed).WithMembership(
            seed, time, FaultKind.Join, FaultKind.Leave, FaultKind.Kill), _ => null, backups: 1);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_OneNodeDiesWhereEachSliceHasABackup_LosesNothing(string name) =>
        Check(name, 1000, (seed, time) => Kill(seed, time, count: 1), NothingIsLost, nodesMin: 2, backups: 1);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Run_TwoNodesDieAtOnceWhereEachSliceHasTwoBackups_LosesNothing(string name) =>
        Check(name, 1000, (seed, time) => Kill(seed, time, count: 2), NothingIsLost, nodesMin: 3, backups: 2);

    /// <summary>Some nodes at one moment, once the first step is made and the backups follow.</summary>
    private static FaultPlan Kill(ulong seed, TimeSpan time, int count)
    {
        var plan = FaultPlan.Random(seed);
        var (at, choice, other, _) = Draw.Block(seed, DrawPurpose.Faults, 4, 0, 0, 0);
        var moment = TimeSpan.FromSeconds(3) + time * Philox.Uniform(at);
        return plan with
        {
            Membership = [.. new[] { choice, other }.Take(count)
                .Select(c => new MembershipFault(moment, FaultKind.Kill, (int)(c >> 1)))],
        };
    }

    private static string? NothingIsLost(SimulationResult result) =>
        result.Generations == 0 ? null : "a death made the run begin anew";

    /// <summary>A quick network: what is measured is the protocol's own delay.</summary>
    [Fact]
    public void Run_NodesJoinAndLeaveOnAQuickNetwork_MakesNoStepLong()
    {
        var (plan, store, _) = Case("mlp");
        var longest = Seeds(200).Max(seed => new SimulatedCluster(
            plan, store, 3, new FaultPlan(0, 0, 2, 5, []).WithMembership(
                seed, TimeSpan.FromMilliseconds(150), FaultKind.Join, FaultKind.Leave), seed, s_timeMax)
                .Run().LongestStep);

        Assert.InRange(longest.TotalMilliseconds, 1, 1500);
    }

    private static void Check(
        string name, int count, Func<ulong, TimeSpan, FaultPlan> faults, Func<SimulationResult, string?> alsoCheck,
        int nodesMin = 1, int backups = 0)
    {
        var (plan, store, golden) = Case(name);
        Parallel.ForEach(Seeds(count), seed =>
        {
            int nodes = nodesMin + (int)(seed % 5);
            var calm = FaultPlan.Random(seed);
            var time = TimeSpan.FromMilliseconds(plan.StepsTotal * (2 * calm.DelayMsMax + calm.ComputeMsMax));
            var result = new SimulatedCluster(plan, store, nodes, faults(seed, time), seed, s_timeMax, backups).Run();
            string? problem = result.Problem
                ?? (result.Outcome!.End != RunEnd.Finished ? result.Outcome.Reason : null)
                ?? (result.Parameters.AsSpan().SequenceEqual(golden)
                    ? null : "the parameters differ from the golden ones")
                ?? alsoCheck(result);
            Assert.True(problem is null,
                $"job {name}, seed {seed}, {nodes} nodes: {problem}\n{string.Join('\n', result.Trace)}\nreplay: " +
                $"CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Core.Tests --filter SimulationTests");
        });
    }

    private static (TrainingPlan Plan, ShardStore Store, float[] Golden) Case(string name)
    {
        var (job, data) = Short(name);
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount), SequentialTrainer.Train(job, data, plan.StepsTotal));
    }

    [Fact]
    public void Run_SameSeed_IsTheSameRunEventByEvent()
    {
        var (job, data) = Short("mlp");
        var plan = new TrainingPlan(job, data);
        var store = new ShardStore(data, plan.ShardCount);
        var first = new SimulatedCluster(plan, store, 3, FaultPlan.Random(5), 5, s_timeMax).Run();
        var second = new SimulatedCluster(plan, store, 3, FaultPlan.Random(5), 5, s_timeMax).Run();

        Assert.Equal(first.EventCount, second.EventCount);
        Assert.Equal(first.Trace.AsEnumerable(), second.Trace.AsEnumerable());
        Assert.Equal(first.Parameters, second.Parameters);
    }

    private static IEnumerable<ulong> Seeds(int count)
    {
        if (ulong.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEED"), out ulong one)) return [one];
        if (int.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEEDS"), out int stated)) count = stated;
        return Enumerable.Range(1, count).Select(i => (ulong)i);
    }

    /// <summary>The same jobs with fewer, larger steps.</summary>
    private static (Core.Jobs.Job Job, DataSet Data) Short(string name)
    {
        var (job, data) = TestJobs.Named(name);
        return (job with { Training = job.Training with { Epochs = 2, BatchSize = 250 } }, data);
    }
}
