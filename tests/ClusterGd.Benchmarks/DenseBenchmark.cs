using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;

namespace ClusterGd.Benchmarks;

/// <summary>
/// The logistic gradient of a linear model over dense rows that do not fit the cache, on one core: against the speed
/// at which the same core reads the same memory, and against libtorch on one thread.
/// </summary>
internal static class DenseBenchmark
{
    private const int Rounds = 9;
    private const int FloatCount = 50_000_000;

    public static void Run()
    {
        foreach (int features in new[] { 32, 64, 128, 256, 784, 1024 })
        {
            int count = FloatCount / features;
            var values = new AlignedFloats(count * features);
            for (int i = 0; i < values.Length; i++) values.Span[i] = i % 97 * 0.01f - 0.5f;
            var targets = new float[count];
            for (int i = 0; i < count; i++) targets[i] = i & 1;
            var rows = new DenseRows(count, features, values, targets);
            var schema = new DataSchema { FeatureCount = features, TargetKind = TargetKind.BinaryClass };
            var model = new LinearModel(schema, new LogisticLoss(), hasBias: true);
            var worker = model.CreateWorker(count);
            float[] parameters = new float[model.ParameterCount], gradient = new float[model.ParameterCount];
            int[] inOrder = [.. Enumerable.Range(0, count)];
            var permuted = new int[count];
            new RowOrder(seed: 1, epoch: 0, shard: 0, count).Fill(0, 0, permuted);

            string[] variants = features == 128 ? ["autograd", "by-hand"] : [];
            var peers = variants
                .Select(v => Peer.TryStart("dense.py", threads: 1, $"{count}", $"{features}", v)).ToList();
            Measure.WarmUp(() => worker.Gradient(parameters, rows, inOrder, default, gradient));
            double[] seconds = Measure.Interleaved(
                Rounds,
                [
                    () => Measure.OnceOnOneThread(() => Read(values.Span)),
                    () => Measure.OnceOnOneThread(() => worker.Gradient(parameters, rows, inOrder, default, gradient)),
                    () => Measure.OnceOnOneThread(() => worker.Gradient(parameters, rows, permuted, default, gradient)),
                    .. peers.OfType<Peer>().Select(peer => (Func<double>)peer.Run),
                ]);

            double gigabytes = (double)count * features * sizeof(float) / 1e9;
            string Speed(double s) => $"{gigabytes / s:F1} GB/s ({count / s / 1e6:F1} M rows/s)";
            string read = $"reading {gigabytes / seconds[0]:F1} GB/s", target = features < 64 ? "≥ 60 %" : "≥ 80 %";
            string name = $"dense gradient, {features} features";
            Table.Row(name, Speed(seconds[1]), read, $"{seconds[0] / seconds[1]:P0}", target);
            Table.Row($"{name}, permuted", Speed(seconds[2]), read, $"{seconds[0] / seconds[2]:P0}", "–");
            for (int i = 3; i < seconds.Length; i++)
            {
                Table.Row(
                    name, Speed(seconds[1]), $"libtorch, {variants[i - 3]}: {count / seconds[i] / 1e6:F1} M rows/s",
                    $"{seconds[i] / seconds[1]:F1}×", "≥ 4×");
            }
            foreach (var peer in peers) peer?.Dispose();
        }
    }

    /// <summary>Four independent sums: as fast as one core reads.</summary>
    private static float Read(ReadOnlySpan<float> x)
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        Vector512<float> a = default, b = default, c = default, d = default;
        for (nuint i = 0; i + 64 <= (nuint)x.Length; i += 64)
        {
            a += Vector512.LoadUnsafe(ref p, i);
            b += Vector512.LoadUnsafe(ref p, i + 16);
            c += Vector512.LoadUnsafe(ref p, i + 32);
            d += Vector512.LoadUnsafe(ref p, i + 48);
        }
        return (a + b + (c + d))[0];
    }
}
