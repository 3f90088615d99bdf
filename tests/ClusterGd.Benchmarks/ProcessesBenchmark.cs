using System.Globalization;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Whole runs of the program, <c>clustergd train --processes N</c>: a step of a small model beyond its arithmetic, the
/// price of a backup, and Fashion-MNIST against PyTorch DistributedDataParallel with gloo on as many processes.
/// </summary>
internal static class ProcessesBenchmark
{
    private const string LearningRate = "0.05";

    /// <summary>a9a: 1,024 rows a step, 32 steps an epoch.</summary>
    private const int StepsPerEpoch = 32, SmallEpochs = 1200;

    public static void Run()
    {
        SmallSteps();
        Fashion();
    }

    private static void SmallSteps()
    {
        string? job = TrainRun.SampleJob();
        if (job is null)
        {
            Console.WriteLine("  processes: no deploy/samples/a9a above this folder");
            return;
        }
        double Step(params string[] options)
        {
            string epochs = $"training.epochs={SmallEpochs}", evaluate = $"training.evaluateEvery={SmallEpochs / 2}";
            var elapsed = TrainRun.EvaluationSeconds(job, [.. options, "--set", epochs, "--set", evaluate]);
            return (elapsed[1] - elapsed[0]) / (StepsPerEpoch * SmallEpochs / 2);
        }
        var seconds = Measure.Interleaved(
            3, () => Step("--processes", "2", "--set", "cluster.backups=0"), () => Step("--processes", "2"),
            () => Step("--threads", "1"));
        double compute = seconds[2] / 2;
        Table.Row("step of a9a, 1,024 rows, 2 processes", Micro(seconds[0]), $"half of one thread's {Micro(compute)}",
            $"+{Micro(seconds[0] - compute)}", "≤ 400 µs");
        Table.Row("the same with a backup of the slice", Micro(seconds[1]), $"without {Micro(seconds[0])}",
            $"{seconds[1] / seconds[0]:F2}×", "–");
    }

    private static void Fashion()
    {
        string? folder = BenchmarkData.Find("fashion-mnist");
        if (folder is null)
        {
            Console.WriteLine("  processes: no folder fashion-mnist under shared/data or CLUSTERGD_DATA");
            return;
        }
        string job = Path.Combine(Path.GetTempPath(), $"clustergd-fashion-{Environment.ProcessId}.yaml");
        File.WriteAllText(job, $$"""
            data:
              train:
                path: {{folder}}/train-images-idx3-ubyte.gz
                labels: {{folder}}/train-labels-idx1-ubyte.gz
                scale: 255
              test:
                path: {{folder}}/t10k-images-idx3-ubyte.gz
                labels: {{folder}}/t10k-labels-idx1-ubyte.gz
                scale: 255
            model: { kind: mlp, hidden: [256, 128, 100] }
            loss: softmax
            optimizer: { kind: momentum, learningRate: {{LearningRate}} }
            training: { batchSize: 256, epochs: 15 }
            stop:
              - { on: targetMetric, metric: accuracy, value: 0.88 }
            """);
        using var throughput = Peer.TryStart("ddp_fashion.py", 1, folder, "throughput", LearningRate);
        using var target = Peer.TryStart("ddp_fashion.py", 1, folder, "target", LearningRate);
        if (throughput is null || target is null) return;
        var epoch = Measure.Interleaved(
            3, () => EpochSeconds(job, 2), () => EpochSeconds(job, 1), throughput.Run);
        Table.Row("Fashion-MNIST, 2 processes", Speed(epoch[0]), $"DDP + gloo {Speed(epoch[2])}",
            $"{epoch[2] / epoch[0]:F2}×", "≥ 2.5×");
        Table.Row("scaling 1 → 2 processes", Speed(epoch[0]), $"1 process {Speed(epoch[1])}",
            $"{epoch[1] / epoch[0]:F2}×", "≥ 1.8×");
        var seconds = Measure.Interleaved(
            2, () => TrainRun.EvaluationSeconds(job, ["--processes", "2"])[^1], target.Run);
        Table.Row("Fashion-MNIST, 2 processes, time to 88 %", $"{seconds[0]:F1} s", $"DDP + gloo {seconds[1]:F1} s",
            $"{seconds[0] / seconds[1]:F2}×", "≤ 0.4×");
        File.Delete(job);
    }

    /// <summary>The third epoch and its evaluation.</summary>
    private static double EpochSeconds(string job, int processes)
    {
        var elapsed = TrainRun.EvaluationSeconds(
            job, ["--processes", $"{processes}", "--threads", $"{processes}", "--set", "training.epochs=3"]);
        return elapsed[2] - elapsed[1];
    }

    private static string Micro(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:F0} µs");

    private static string Speed(double epochSeconds) => $"{60_000 / epochSeconds / 1000:F0} k/s";
}
