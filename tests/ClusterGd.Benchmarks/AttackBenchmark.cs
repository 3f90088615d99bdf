using System.Diagnostics;
using System.Globalization;
using ClusterGd.EndToEnd.Tests.Network;

namespace ClusterGd.Benchmarks;

/// <summary>
/// A cluster of two node processes trains a small model, with and without an attack on the control ports, on the tensor
/// ports, and on all of them. The attacker shares the cores with what it attacks.
/// </summary>
internal static class AttackBenchmark
{
    /// <summary>a9a: 1,024 rows a step, 32 steps an epoch.</summary>
    private const int Epochs = 600, StepsPerEpoch = 32, Rounds = 3;

    private static readonly char[] s_separators = [' ', ',', ':'];

    public static void Run()
    {
        if (TrainRun.SampleJob() is not { } job)
        {
            Console.WriteLine("  attack: no deploy/samples/a9a above this folder");
            return;
        }
        using var first = StartNode(out int control, out int tensors);
        using var second = StartNode(out int otherControl, out int otherTensors, "--seed", $"127.0.0.1:{control}");
        double Step(params int[] ports)
        {
            var attacks = ports.Select(port => new Attack(port)).ToList();
            var seconds = TrainRun.EvaluationSeconds(
                job, ["--cluster", $"127.0.0.1:{control}", "--nodes-min", "2", "--set", $"training.epochs={Epochs}",
                    "--set", $"training.evaluateEvery={Epochs / 2}"]);
            foreach (var attack in attacks) attack.Dispose();
            return (seconds[1] - seconds[0]) / (Epochs / 2 * StepsPerEpoch);
        }
        var step = Measure.Interleaved(
            Rounds, () => Step(), () => Step(control, otherControl), () => Step(tensors, otherTensors),
            () => Step(control, otherControl, tensors, otherTensors));
        string[] what = ["control ports", "tensor ports", "both"];
        for (int i = 0; i < what.Length; i++)
        {
            Table.Row($"step of a9a, 2 nodes, {what[i]} attacked", Micro(step[i + 1]), $"in peace {Micro(step[0])}",
                $"{step[0] / step[i + 1]:P0} of its speed", "≥ 90 %");
        }
        ChildProcess.End(second);
        ChildProcess.End(first);
    }

    private static Process StartNode(out int control, out int tensors, params string[] options)
    {
        var node = Process.Start(new ProcessStartInfo("dotnet",
        [
            TrainRun.Program, "node", "--host", "127.0.0.1", "--port", "0", "--threads", "1", "--end-with-input",
            .. options,
        ])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        string line = node.StandardOutput.ReadLine()!;
        int[] ports =
        [
            .. line.Split(s_separators).Select(word => int.TryParse(word, out int n) ? n : 0).Where(n => n > 0),
        ];
        (control, tensors) = (ports[0], ports[1]);
        // What else they print is not to fill a pipe.
        _ = node.StandardOutput.ReadToEndAsync();
        _ = node.StandardError.ReadToEndAsync();
        return node;
    }

    private static string Micro(double seconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:F0} µs");
}
