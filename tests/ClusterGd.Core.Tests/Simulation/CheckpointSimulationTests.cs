using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// Checkpoints under random schedules: where a run begins changes no bit. CLUSTERGD_SEEDS sets how many a job,
/// CLUSTERGD_SEED replays one.
/// </summary>
public class CheckpointSimulationTests
{
    private const int SeedsByDefault = 200;
    private static readonly TimeSpan s_timeMax = TimeSpan.FromMinutes(5);
    private static readonly FaultPlan s_calm = new(0, 0, 20, 20, []);

    public static TheoryData<string> Jobs => ["logistic", "mlp", "kmeans", "mlp that stops", "logistic that stops"];

    /// <summary>With one backup the death of two at once takes slices away: all goes back to the checkpoint.</summary>
    [Theory, MemberData(nameof(Jobs))]
    public void Run_MoreDeathsThanBackups_GoesOnFromTheCheckpointToTheSameBits(string name)
    {
        int begunAnew = 0, fromCheckpoints = 0;
        Check(name, (plan, store, seed) =>
        {
            int nodes = 3 + (int)(seed % 3);
            var cluster = new SimulatedCluster(
                plan, store, nodes, Deaths(plan, seed), seed, s_timeMax, backups: (int)(seed % 2));
            var result = cluster.Run();
            if (result.Generations > 0) Interlocked.Increment(ref begunAnew);
            if (cluster.StartStep > 0) Interlocked.Increment(ref fromCheckpoints);
            return result;
        });

        bool isReplay = Environment.GetEnvironmentVariable("CLUSTERGD_SEED") is not null;
        Assert.True(isReplay || fromCheckpoints > begunAnew / 4 && fromCheckpoints > 0,
            $"{fromCheckpoints} of {begunAnew} runs that began anew did so from a checkpoint");
    }

    [Theory, MemberData(nameof(Jobs))]
    public void Run_AllNodesDie_IsResumedByOthersToTheSameBits(string name)
    {
        int resumed = 0;
        Check(name, (plan, store, seed) =>
        {
            var first = new SimulatedCluster(
                plan, store, 1 + (int)(seed % 4), FaultPlan.Random(seed), seed, s_timeMax, backups: 1);
            first.RunUntil(TimeSpan.FromSeconds(1) + Time(plan, seed) * Philox.Uniform(Moment(seed)));
            if (first.Checkpoint is not null) Interlocked.Increment(ref resumed);
            return new SimulatedCluster(
                plan, store, 1 + (int)(seed / 4 % 4), Deaths(plan, seed), seed, s_timeMax, backups: 1,
                first.Checkpoint).Run();
        });

        Assert.True(resumed > 0, "no run had come to a checkpoint");
    }

    /// <summary>
    /// An interrupted run is evaluated where the job has no evaluation: nothing of that may be in the checkpoint.
    /// </summary>
    [Theory, MemberData(nameof(Jobs))]
    public void Run_Interrupted_IsResumedToTheSameBits(string name)
    {
        int interrupted = 0, saved = 0;
        Check(name, (plan, store, seed) =>
        {
            var faults = FaultPlan.Random(seed);
            var first = new SimulatedCluster(
                plan, store, 1 + (int)(seed % 4), seed % 4 == 0 ? Deaths(plan, seed) : faults, seed, s_timeMax,
                backups: 1);
            first.InterruptAt(TimeSpan.FromSeconds(1) + Time(plan, seed) * Philox.Uniform(Moment(seed + 1000)));
            var result = first.Run();
            if (result.Outcome is not { End: RunEnd.Interrupted, HasParameters: true }) return result;
            Interlocked.Increment(ref interrupted);
            if (first.Checkpoint?.Step == result.Outcome.Step) Interlocked.Increment(ref saved);
            return new SimulatedCluster(
                plan, store, 1 + (int)(seed / 4 % 4), faults, seed, s_timeMax, backups: 1, first.Checkpoint).Run();
        });

        bool isReplay = Environment.GetEnvironmentVariable("CLUSTERGD_SEED") is not null;
        Assert.True(isReplay || saved > interrupted * 9 / 10 && saved > 0,
            $"{saved} of {interrupted} interrupted runs had a checkpoint of their last step");
    }

    /// <summary>Some at one moment, while the network loses, doubles and delays.</summary>
    private static FaultPlan Deaths(TrainingPlan plan, ulong seed)
    {
        var moment = TimeSpan.FromSeconds(1) + Time(plan, seed) * Philox.Uniform(Moment(seed));
        return FaultPlan.Random(seed) with
        {
            Membership = [.. Enumerable.Range(0, 2 + (int)(seed % 2))
                .Select(i => new MembershipFault(moment, FaultKind.Kill, (int)(seed % 7) + i))],
        };
    }

    private static uint Moment(ulong seed) => Draw.Block(seed, DrawPurpose.Faults, 5, 0, 0, 0).A;

    private static TimeSpan Time(TrainingPlan plan, ulong seed)
    {
        var faults = FaultPlan.Random(seed);
        return TimeSpan.FromMilliseconds(plan.StepsTotal * (2 * faults.DelayMsMax + faults.ComputeMsMax));
    }

    private static void Check(string name, Func<TrainingPlan, ShardStore, ulong, SimulationResult> run)
    {
        var (job, data) = Named(name);
        var byStep = new TrainingPlan(job with { Checkpoint = new CheckpointSpec { EverySteps = 3 } }, data);
        var byTime = new TrainingPlan(job with { Checkpoint = new CheckpointSpec { EverySeconds = 0.4 } }, data);
        var store = new ShardStore(data, byStep.ShardCount);
        var golden = new SimulatedCluster(
            new TrainingPlan(job with { Checkpoint = CheckpointSpec.Off }, data), store, 1, s_calm, 1, s_timeMax).Run();
        Parallel.ForEach(Seeds(), seed =>
        {
            var result = run(seed % 3 == 0 ? byStep : byTime, store, seed);
            if (result.Outcome is { End: RunEnd.Interrupted, HasParameters: false }) return;
            string? problem = result.Problem
                ?? (result.Outcome!.End != RunEnd.Finished ? result.Outcome.Reason : null)
                ?? (result.Outcome.Step != golden.Outcome!.Step
                    ? $"it ended at step {result.Outcome.Step}, it should have at {golden.Outcome.Step}" : null)
                ?? (result.Parameters.AsSpan().SequenceEqual(golden.Parameters)
                    ? null : "the parameters differ from the golden ones")
                ?? (result.Outcome.History.Select(Known).SequenceEqual(golden.Outcome.History.Select(Known))
                    ? null : "the evaluations differ from the golden ones");
            Assert.True(problem is null,
                $"job {name}, seed {seed}: {problem}\n{string.Join('\n', result.Trace)}\nreplay: " +
                $"CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Core.Tests --filter " +
                "CheckpointSimulationTests");
        });
    }

    private static (long, double) Known(Evaluation evaluation) => (evaluation.Step, evaluation.TrainLoss);

    /// <summary>Few, large steps; or more, until a criterion stops that restores or needs what went before.</summary>
    private static (Job Job, DataSet Data) Named(string name)
    {
        var (job, data) = TestJobs.Named(name.Split(' ')[0]);
        job = job with { Training = job.Training with { Epochs = 2, BatchSize = 250 } };
        return (name switch
        {
            "mlp that stops" => job with
            {
                Training = job.Training with { Epochs = 8 },
                Stop = [Component.Of("plateau", ("patience", 1.0), ("minDelta", 0.02)), Component.Of("gradientNorm")],
            },
            "logistic that stops" => job with
            {
                Training = job.Training with { Epochs = 6 },
                Stop = [Component.Of("relativeLoss", ("patience", 2.0), ("tolerance", 0.05)),
                    Component.Of("parameterChange", ("tolerance", 0.01))],
            },
            _ => job,
        }, data);
    }

    private static IEnumerable<ulong> Seeds()
    {
        if (ulong.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEED"), out ulong one)) return [one];
        bool isStated = int.TryParse(Environment.GetEnvironmentVariable("CLUSTERGD_SEEDS"), out int stated);
        return Enumerable.Range(1, isStated ? stated : SeedsByDefault).Select(i => (ulong)i);
    }
}
