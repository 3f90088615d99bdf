using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
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
    private static readonly FaultRange s_messages = new()
    {
        Nodes = 1, Steps = 1, Time = TimeSpan.FromSeconds(20),
        Kinds = [FaultKind.Drop, FaultKind.Duplicate, FaultKind.Delay, FaultKind.Reorder, FaultKind.Corrupt],
    };

    public static TheoryData<string> Jobs => ["logistic", "mlp", "kmeans", "mlp that stops", "logistic that stops",
        "mlp that gets worse", "logistic that diverges"];

    /// <summary>With one backup the death of two at once takes slices away: all goes back to the checkpoint.</summary>
    [Theory, Trait("Depth", "deep"), MemberData(nameof(Jobs))]
    public void Run_MoreDeathsThanBackups_GoesOnFromTheCheckpointToTheSameBits(string name)
    {
        int begunAnew = 0, fromCheckpoints = 0;
        Check(name, (plan, store, golden, seed) =>
        {
            var cluster = new SimulatedCluster(
                plan, store, Deaths(plan, seed), seed, Options(seed, 3 + (int)(seed % 3), (int)(seed % 2)), golden);
            var result = cluster.Run();
            if (result.Generations > 0) Interlocked.Increment(ref begunAnew);
            if (cluster.StartStep > 0) Interlocked.Increment(ref fromCheckpoints);
            return result;
        });

        Assert.True(IsReplay || fromCheckpoints > begunAnew / 8 && fromCheckpoints > 0,
            $"{fromCheckpoints} of {begunAnew} runs that began anew did so from a checkpoint");
    }

    /// <summary>Otherwise the schedules above would not show which parameters a run keeps.</summary>
    [Theory]
    [InlineData("mlp that gets worse", RunEnd.Finished)]
    [InlineData("logistic that diverges", RunEnd.Diverged)]
    public void Run_WithoutFaults_KeepsTheParametersOfAnEarlierEvaluation(string name, RunEnd end)
    {
        var (job, data) = Named(name);
        var plan = new TrainingPlan(job with { Checkpoint = CheckpointSpec.Off }, data);
        var golden = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount));
        var outcome = golden.Outcome;

        Assert.Equal(end, outcome.End);
        Assert.InRange(outcome.KeptStep, plan.Shards.StepsPerEpoch, outcome.Step - 1);
        Assert.Equal(SequentialTrainer.Train(job, data, outcome.KeptStep), golden.Result);
        Assert.True(double.IsFinite(outcome.TrainLoss));
    }

    [Theory, MemberData(nameof(Jobs))]
    public void Run_AllNodesDie_IsResumedByOthersToTheSameBits(string name)
    {
        int resumed = 0;
        Check(name, (plan, store, golden, seed) =>
        {
            var first = new SimulatedCluster(
                plan, store, Messages(seed), seed, Options(seed, 1 + (int)(seed % 4)), golden);
            first.RunUntil(Moment(plan, seed));
            if (first.Checkpoint is not null) Interlocked.Increment(ref resumed);
            var options = Options(seed, 1 + (int)(seed / 4 % 4)) with { Start = first.Checkpoint };
            return new SimulatedCluster(plan, store, Deaths(plan, seed), seed, options, golden).Run();
        });

        Assert.True(IsReplay || resumed > 0, "no run had come to a checkpoint");
    }

    /// <summary>
    /// An interrupted run is evaluated where the job has no evaluation: nothing of that may be in the checkpoint.
    /// </summary>
    [Theory, Trait("Depth", "deep"), MemberData(nameof(Jobs))]
    public void Run_Interrupted_IsResumedToTheSameBits(string name)
    {
        int interrupted = 0, saved = 0;
        Check(name, (plan, store, golden, seed) =>
        {
            var faults = Messages(seed);
            var first = new SimulatedCluster(
                plan, store, seed % 4 == 0 ? Deaths(plan, seed) : faults, seed,
                Options(seed, 1 + (int)(seed % 4)) with { InterruptAt = Moment(plan, seed + 1000) }, golden);
            var result = first.Run();
            if (result.Outcome is not { End: RunEnd.Interrupted, HasParameters: true }) return result;
            Interlocked.Increment(ref interrupted);
            if (first.Checkpoint?.Step == result.Outcome.Step) Interlocked.Increment(ref saved);
            var options = Options(seed, 1 + (int)(seed / 4 % 4)) with { Start = first.Checkpoint };
            return new SimulatedCluster(plan, store, faults, seed, options, golden).Run();
        });

        Assert.True(IsReplay || saved > interrupted * 3 / 4 && saved > 0,
            $"{saved} of {interrupted} interrupted runs had a checkpoint of their last step");
    }

    private static bool IsReplay => Environment.GetEnvironmentVariable("CLUSTERGD_SEED") is not null;

    private static SimulationOptions Options(ulong seed, int nodes, int backups = 1) =>
        new SimulationOptions { Nodes = nodes, Backups = backups, IsTraced = IsReplay }.WithTimesOf(seed);

    private static FaultPlan Messages(ulong seed) => FaultPlan.Random(seed, s_messages);

    /// <summary>Some at one moment, while the network loses, doubles and delays.</summary>
    private static FaultPlan Deaths(TrainingPlan plan, ulong seed)
    {
        var kill = FaultKinds.New(FaultKind.Kill) with { At = FaultMoment.AtTime(Moment(plan, seed)) };
        return new FaultPlan(
            [.. Messages(seed).Faults, .. Enumerable.Repeat(kill, 2 + (int)(seed % 2))]);
    }

    /// <summary>Some time after the first second, and before it would end without faults.</summary>
    private static TimeSpan Moment(TrainingPlan plan, ulong seed) => TimeSpan.FromSeconds(1)
        + Options(seed, 1).TimeOf(plan.StepsTotal) * Philox.Uniform(Draw.Block(seed, DrawPurpose.Faults, 5, 0, 0, 0).A);

    private static void Check(string name, Func<TrainingPlan, ShardStore, GoldenRun, ulong, SimulationResult> run)
    {
        var (job, data) = Named(name);
        var byStep = new TrainingPlan(job with { Checkpoint = new CheckpointSpec { EverySteps = 3 } }, data);
        var byTime = new TrainingPlan(job with { Checkpoint = new CheckpointSpec { EverySeconds = 0.4 } }, data);
        var store = new ShardStore(data, byStep.ShardCount);
        var golden = GoldenRun.Record(
            new TrainingPlan(job with { Checkpoint = CheckpointSpec.Off }, data), store);
        Parallel.ForEach(Schedules.Seeds(SeedsByDefault), seed =>
        {
            var result = run(seed % 3 == 0 ? byStep : byTime, store, golden, seed);
            if (result.Outcome is { End: RunEnd.Interrupted, HasParameters: false }) return;
            string? problem = result.Problem
                ?? (result.Outcome!.End != golden.Outcome.End ? result.Outcome.Reason : null);
            Assert.True(problem is null,
                $"job {name}, seed {seed}: {problem}\n{string.Join('\n', result.Trace)}\n" +
                $"replay with its trace: CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Core.Tests " +
                "--filter CheckpointSimulationTests");
        });
    }

    /// <summary>Few, large steps; or more, until a criterion stops that restores or needs what went before.</summary>
    private static (Job Job, DataSet Data) Named(string name)
    {
        var (job, data) = TestJobs.Named(name.Split(' ')[0]);
        job = job with { Training = job.Training with { Epochs = 2, BatchSize = 250 } };
        if (name == "mlp that gets worse")
        {
            data = data with { Test = RowsPart.Of(data.Train, 0, 60), Validation = RowsPart.Of(data.Train, 100, 80) };
        }
        return (name switch
        {
            "mlp that stops" => job with
            {
                Training = job.Training with { Epochs = 8 },
                Stop = [Component.Of("plateau", ("patience", 1.0), ("minDelta", 0.02)), Component.Of("gradientNorm")],
            },
            // The best evaluation is no reason to stop: the epochs run out first.
            "mlp that gets worse" => job with
            {
                Training = job.Training with { Epochs = 5 },
                Optimizer = job.Optimizer with { LearningRate = 0.3 },
                Stop = [Component.Of("plateau", ("metric", "accuracy"), ("patience", 99.0))],
            },
            // A thousandfold each step: beyond float32 some steps after the first evaluation.
            "logistic that diverges" => job with
            {
                Loss = job.Loss with { L2 = 1 },
                Optimizer = new OptimizerSpec { Kind = Component.Of("sgd"), LearningRate = 1000 },
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
}
