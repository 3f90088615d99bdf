using ClusterGd.Core.Data;
using ClusterGd.Core.Events;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Tests;

/// <summary>
/// Compiled once more beside each broken version of the core: tries seeds until one shows that something is wrong.
/// </summary>
public static class MutantDriver
{
    private static readonly TimeSpan s_calmMax = TimeSpan.FromSeconds(60);
    private static (TrainingPlan Plan, ShardStore Rows, GoldenRun Golden)? s_oneShard, s_long;

    /// <summary>The first seed that fails, and how; null where none of so many does.</summary>
    public static string? Hunt(int seeds)
    {
        var jobs = new List<(TrainingPlan Plan, ShardStore Rows, GoldenRun Golden)>();
        foreach (string name in new[] { "logistic", "mlp" })
        {
            var (job, data) = TestJobs.Named(name);
            job = job with { Training = job.Training with { Epochs = 2, BatchSize = 250 } };
            var plan = new TrainingPlan(job, data);
            var rows = new ShardStore(data, plan.ShardCount);
            var golden = GoldenRun.Record(plan, rows);
            if (!Bits.AreEqual(golden.Result, SequentialTrainer.Train(job, data, plan.StepsTotal)))
            {
                return $"seed 0: job {name} has other parameters than a plain loop, without any fault";
            }
            jobs.Add((plan, rows, golden));
        }
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            var (plan, rows, golden) = jobs[(int)(seed % 2)];
            // Some mistakes show only in jobs of another shape, some only while a link is dead.
            string? special = (seed % 8) switch
            {
                0 => ProblemOfRandomRun(seed),
                4 => ProblemOfCutOffCoordinators(seed),
                2 => ProblemOfOneShard(seed),
                6 when seed % 16 == 6 => ProblemOfQuarrel(seed, jobs[1].Plan, jobs[1].Rows, jobs[1].Golden),
                6 => ProblemOfDeadLink(seed, jobs[1].Plan, jobs[1].Rows, jobs[1].Golden),
                _ => null,
            };
            if (special is not null) return special;
            if (seed % 2 == 0) continue;
            var options = new SimulationOptions
            {
                Nodes = 1 + (int)(seed % 5), Backups = 1, CalmMax = s_calmMax,
            }.WithTimesOf(seed);
            var faults = FaultPlan.Random(seed, new FaultRange
            {
                Nodes = options.Nodes, Steps = plan.StepsTotal,
                Time = TimeSpan.FromSeconds(1) + options.TimeOf(plan.StepsTotal),
            });
            var result = new SimulatedCluster(plan, rows, faults, seed, options, golden).Run();
            if (result.Problem is not null) return $"seed {seed}: {result.Problem}";
        }
        return null;
    }

    /// <summary>One node alone computes for several slices, and others die often: versions are easily lost.</summary>
    private static string? ProblemOfOneShard(ulong seed)
    {
        s_oneShard ??= OneShard();
        var (plan, rows, golden) = s_oneShard.Value;
        var options = new SimulationOptions { Nodes = 7, Backups = 1, CalmMax = s_calmMax }.WithTimesOf(seed);
        for (ulong k = 0; k < 4; k++)
        {
            var faults = FaultPlan.Random(4 * seed + k, new FaultRange
            {
                Nodes = options.Nodes, Steps = plan.StepsTotal,
                Time = TimeSpan.FromSeconds(1) + options.TimeOf(plan.StepsTotal),
                Kinds = [FaultKind.Kill, FaultKind.Restart, FaultKind.Drop, FaultKind.Delay, FaultKind.Partition],
            });
            var result = new SimulatedCluster(plan, rows, faults, 4 * seed + k, options, golden).Run();
            if (result.Problem is not null) return $"seed {4 * seed + k} of one shard: {result.Problem}";
        }
        return null;
    }

    private static (TrainingPlan Plan, ShardStore Rows, GoldenRun Golden) OneShard()
    {
        var (job, data) = TestJobs.Named("mlp");
        job = job with
        {
            Training = job.Training with { Shards = 1, SliceSize = 512, Epochs = 2, BatchSize = data.Train.Count / 10 },
        };
        return Recorded((job, data));
    }

    private static string? ProblemOfCutOffCoordinators(ulong seed)
    {
        s_long ??= Recorded(CutOffCoordinators.LongJob());
        var (plan, rows, golden) = s_long.Value;
        var options = seed % 16 == 4
            ? CutOffCoordinators.InterruptedOptions(seed / 8) : CutOffCoordinators.Options(seed / 8);
        var result = new SimulatedCluster(
            plan, rows, CutOffCoordinators.Faults(seed / 8), seed, options, golden).Run();
        return result.Problem is { } problem ? $"seed {seed} of coordinators that are cut off: {problem}" : null;
    }

    private static (TrainingPlan Plan, ShardStore Rows, GoldenRun Golden) Recorded((Job Job, DataSet Data) of)
    {
        var plan = new TrainingPlan(of.Job, of.Data);
        var rows = new ShardStore(of.Data, plan.ShardCount);
        return (plan, rows, GoldenRun.Record(plan, rows));
    }

    private static string? ProblemOfRandomRun(ulong seed)
    {
        var run = new RandomRun(seed);
        run.Options = run.Options with { CalmMax = s_calmMax };
        return run.ProblemOf(run.Run()) is { } problem ? $"{run}: {problem}" : null;
    }

    /// <summary>A link of the tensor plane is dead for as long as the run lasts: no step waits for it.</summary>
    private static string? ProblemOfDeadLink(ulong seed, TrainingPlan plan, ShardStore rows, GoldenRun golden)
    {
        FaultKind[] kinds = [FaultKind.Partition, FaultKind.CutPair, FaultKind.LargeFrames];
        var kind = kinds[seed / 8 % 3];
        var fault = FaultKinds.New(kind) with
        {
            At = FaultMoment.AtStep(2), Plane = LinkPlane.Tensors, For = TimeSpan.FromSeconds(50),
            Nodes = kind == FaultKind.CutPair ? [FaultTarget.Node(2), FaultTarget.Node(3)] : [FaultTarget.Node(2)],
        };
        var options = new SimulationOptions { Nodes = 4, Backups = 1, SafetyMax = TimeSpan.FromSeconds(60) };
        var result = new SimulatedCluster(
            plan, rows, FaultPlan.Of(fault), seed, options.WithTimesOf(seed), golden).Run();
        double longest = result.LongestStep.TotalSeconds;
        return result.Problem is not null ? $"seed {seed}: {result.Problem}"
            : longest > 20 ? $"seed {seed}: a step took {longest:F1} s while a link was dead" : null;
    }

    /// <summary>A pair does not hear each other for long: the client and a node, or two nodes, perhaps all.</summary>
    private static string? ProblemOfQuarrel(ulong seed, TrainingPlan plan, ShardStore rows, GoldenRun golden)
    {
        bool isOfTwo = seed / 16 % 3 == 1, isOfClient = seed / 16 % 3 == 0;
        var time = TimeSpan.FromSeconds(60);
        var fault = FaultKinds.New(FaultKind.CutPair) with
        {
            At = FaultMoment.AtStep(1), For = time,
            Nodes = [isOfClient ? FaultTarget.Client : FaultTarget.Node(1), FaultTarget.Node(2)],
        };
        // So slow that the quarrel lasts longer than members wait; two nodes end before the fault does.
        var options = new SimulationOptions
        {
            Nodes = isOfTwo ? 2 : 4, Backups = 1, SafetyMax = time, ComputeMsMax = isOfTwo ? 500 : 3000,
        };
        var result = new SimulatedCluster(plan, rows, FaultPlan.Of(fault), seed, options, golden).Run();
        return result.Problem is not null ? $"seed {seed}: {result.Problem}"
            : isOfTwo && result.Time > time ? $"seed {seed}: the run ended only once all heard each other" : null;
    }

    /// <summary>What an audit finds first in a run without faults; null where it finds nothing.</summary>
    public static string? Audit()
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var history = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount)).Outcome.History;
        var report = new RowAudit(plan).Check([.. history.Select(e => new RowAudit.Entry(e.Step, e.Counted))]);
        return report.Problems.IsEmpty ? null : report.Problems[0].ToString();
    }
}
