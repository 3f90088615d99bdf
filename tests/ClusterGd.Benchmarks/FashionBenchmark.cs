using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Fashion-MNIST, MLP 256-128-100, batch 256, 8 shards, two workers: rows a second and time to 88 % against PyTorch
/// DistributedDataParallel with gloo on two processes; and the scaling from one worker to two.
/// </summary>
internal static class FashionBenchmark
{
    private const double LearningRate = 0.05;

    /// <summary>About as long as an epoch.</summary>
    private const int ComputeRounds = 600_000_000;

    public static void Run()
    {
        string? folder = BenchmarkData.Find("fashion-mnist");
        if (folder is null)
        {
            Console.WriteLine("  fashion: no folder fashion-mnist under shared/data or CLUSTERGD_DATA");
            return;
        }
        var data = DataSets.Load(Spec(folder), TargetKind.Class, 1).DataSet;
        string rate = LearningRate.ToString(CultureInfo.InvariantCulture);
        using var throughput = Peer.TryStart("ddp_fashion.py", 1, folder, "throughput", rate);
        if (throughput is not null)
        {
            var epoch = Measure.Interleaved(
                7,
                [
                    () => EpochSeconds(data, 2), () => EpochSeconds(data, 1), throughput.Run,
                    () => ComputeSeconds(2), () => ComputeSeconds(1),
                ]);
            Table.Row("Fashion-MNIST, 2 workers", Speed(epoch[0]), $"DDP + gloo {Speed(epoch[2])}",
                $"{epoch[2] / epoch[0]:F2}×", "≥ 2.5×");
            Table.Row("scaling 1 → 2 workers", Speed(epoch[0]), $"1 worker {Speed(epoch[1])}",
                $"{epoch[1] / epoch[0]:F2}×", "≥ 1.8×");
            Table.Row("its ceiling: arithmetic in registers, 1 → 2 threads", $"{epoch[3]:F2} s",
                $"1 thread {epoch[4]:F2} s", $"{epoch[4] / epoch[3]:F2}×", "–");
        }
        using var target = Peer.TryStart("ddp_fashion.py", 1, folder, "target", rate);
        if (target is not null)
        {
            var seconds = Measure.Interleaved(2, () => TargetSeconds(data), target.Run);
            Table.Row("Fashion-MNIST, time to 88 %", $"{seconds[0]:F1} s", $"DDP + gloo {seconds[1]:F1} s",
                $"{seconds[0] / seconds[1]:F2}×", "≤ 0.4×");
        }
    }

    private static string Speed(double epochSeconds) => $"{60_000 / epochSeconds / 1000:F0} k/s";

    /// <summary>
    /// The second epoch's time, from evaluation to evaluation; without test rows the evaluation is free.
    /// </summary>
    private static double EpochSeconds(DataSet data, int threads)
    {
        var result = Train(data with { Test = null }, threads, epochs: 2, []);
        return (result.History[1].Elapsed - result.History[0].Elapsed).TotalSeconds;
    }

    /// <summary>
    /// The same additions and multiplications, in registers alone, shared by so many threads: what the cores of this
    /// machine give at this moment, before memory, caches or anything of ours.
    /// </summary>
    private static double ComputeSeconds(int threads) => Measure.Once(() =>
    {
        var others = Enumerable.Range(1, threads - 1)
            .Select(_ => new Thread(() => Compute(ComputeRounds / threads))).ToList();
        foreach (var thread in others) thread.Start();
        Compute(ComputeRounds / threads);
        foreach (var thread in others) thread.Join();
    });

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute(int rounds)
    {
        Vector512<float> a = Vector512<float>.One, b = a, c = a, d = a, factor = Vector512.Create(0.999f);
        for (int i = 0; i < rounds; i++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, factor);
            b = Vector512.FusedMultiplyAdd(b, factor, factor);
            c = Vector512.FusedMultiplyAdd(c, factor, factor);
            d = Vector512.FusedMultiplyAdd(d, factor, factor);
        }
        GC.KeepAlive(Vector512.Sum(a + b + (c + d)));
    }

    private static double TargetSeconds(DataSet data) =>
        Train(data, 2, 15, [Component.Of("targetMetric", ("metric", "accuracy"), ("value", 0.88))])
            .History[^1].Elapsed.TotalSeconds;

    private static TrainingResult Train(DataSet data, int threads, int epochs, Component[] stop)
    {
        var job = new Job
        {
            Data = Spec(""),
            Model = Component.Of("mlp", ("hidden", new[] { 256, 128, 100 })),
            Loss = new LossSpec { Kind = Component.Of("softmax") },
            Optimizer = new OptimizerSpec { LearningRate = LearningRate },
            Training = new TrainingSpec { BatchSize = 256, Epochs = epochs },
            Stop = [.. stop],
        };
        return Trainer.RunAsync(job, data, new TrainingOptions { Threads = threads }, null, CancellationToken.None)
            .GetAwaiter().GetResult();
    }

    private static DataSpec Spec(string folder) => new()
    {
        Train = Idx(folder, "train"),
        Test = Idx(folder, "t10k"),
    };

    private static DataSource Idx(string folder, string name) => new()
    {
        Path = Path.Combine(folder, name + "-images-idx3-ubyte.gz"),
        Labels = Path.Combine(folder, name + "-labels-idx1-ubyte.gz"),
        Format = "idx",
        Scale = 255,
    };
}
