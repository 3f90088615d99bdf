using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Forward and backward of a multilayer perceptron on one core against PyTorch with one thread. Ours also gathers the
/// rows of the batch from the data; PyTorch has its batch ready.
/// </summary>
internal static class MlpBenchmark
{
    private const int Rounds = 15, RowCount = 8192;
    private const double RepetitionSeconds = 0.1;

    public static void Run()
    {
        foreach (int batch in new[] { 64, 128, 256, 512 }) AgainstPeer(batch);
        foreach (int batch in new[] { 32, 256 }) OursAlone(batch);
        foreach (var (name, m, n, k) in new[]
        {
            ("forward", 32, 256, 784), ("forward", 256, 256, 784), ("square", 1024, 1024, 1024),
        })
        {
            Product($"X·W {name}", false, false, m, n, k);
            Product("dY·Wᵀ", false, true, m, n, k);
            Product("Xᵀ·dY", true, false, m, n, k);
        }
    }

    private static void AgainstPeer(int batch)
    {
        var step = Step([256, 128], 10, batch);
        int repeats = (int)Math.Ceiling(RepetitionSeconds / (batch * 15e-6));
        using var peer = Peer.TryStart("mlp.py", threads: 1, $"{batch}", $"{repeats}");
        if (peer is null) return;
        var seconds = Measure.Interleaved(Rounds, () => Repeat(step, repeats), peer.Run);
        Table.Row(
            $"MLP 784-256-128-10, forward and backward, batch {batch}, one core",
            Samples(batch / seconds[0]), $"PyTorch {Samples(batch / seconds[1])}",
            Format(seconds[1] / seconds[0], "0.00") + "×", "≥ 1.0×");
    }

    /// <summary>What a shard's share of a batch costs: 32 rows are a batch of 256 over 8 shards.</summary>
    private static void OursAlone(int batch)
    {
        var step = Step([256, 128, 100], 10, batch);
        int repeats = (int)Math.Ceiling(RepetitionSeconds / (batch * 10e-6));
        double seconds = Measure.Interleaved(Rounds, () => Repeat(step, repeats))[0];
        Table.Row($"MLP 784-256-128-100-10, {batch} rows a call, one core", Samples(batch / seconds), "", "", "");
    }

    private static void Product(string name, bool transposeA, bool transposeB, int m, int n, int k)
    {
        var kernels = new MatrixKernels();
        var (a, b, c) = (new AlignedFloats(m * k), new AlignedFloats(n * k), new AlignedFloats(m * n));
        a.Span.Fill(0.5f);
        b.Span.Fill(0.25f);
        double flops = 2.0 * m * n * k;
        int repeats = (int)Math.Ceiling(RepetitionSeconds / 4 * 1e11 / flops);
        var seconds = Measure.Interleaved(
            Rounds,
            () => Repeat(
                () => kernels.Multiply(
                    transposeA, transposeB, m, n, k, a.Span, transposeA ? m : k, b.Span, transposeB ? k : n, c.Span, n,
                    accumulate: false),
                repeats),
            PeakSecondsPerFlop);
        double ours = flops / seconds[0] / 1e9, peak = 1e-9 / seconds[1];
        Table.Row(
            $"matrix product {name} {m}×{n}×{k}, one core", Format(ours, "0") + " GFLOP/s",
            $"{Format(peak, "0")} GFLOP/s fma", Format(ours / peak, "0.00") + "×", "");
    }

    private static Action Step(int[] hidden, int classes, int batch)
    {
        var schema = new DataSchema
        {
            FeatureCount = 784,
            TargetKind = TargetKind.Class,
            ClassNames = [.. Enumerable.Range(0, classes).Select(c => $"{c}")],
        };
        var model = new MlpModel(schema, new Softmax(), [.. hidden], MlpActivation.Relu, dropout: 0, MlpInit.He);
        var rows = RandomRows(schema.FeatureCount, classes);
        var (parameters, gradient) = (new AlignedFloats(model.ParameterCount), new AlignedFloats(model.ParameterCount));
        model.Initialize(1, rows, parameters.Span);
        var worker = model.CreateWorker(batch);
        var order = new RowOrder(1, 0, 0, RowCount);
        var indices = new int[batch];
        int first = 0;
        return () =>
        {
            order.Fill(first, 0, indices);
            first = (first + batch) % RowCount;
            worker.Gradient(parameters.Span, rows, indices, new DrawKey(1, first, 0), gradient.Span);
        };
    }

    private static DenseRows RandomRows(int features, int classes)
    {
        int stride = DenseRows.StrideOf(features);
        var values = new AlignedFloats(RowCount * stride);
        var targets = new float[RowCount];
        for (int i = 0; i < RowCount; i++)
        {
            for (int j = 0; j < features; j++)
            {
                values.Span[i * stride + j] = Philox.Uniform(Philox.Block(1, (uint)i, (uint)j, 0, 0).A);
            }
            targets[i] = i % classes;
        }
        return new DenseRows(RowCount, features, values, targets);
    }

    private static double Repeat(Action action, int count) => Measure.OnceOnOneThread(() =>
    {
        for (int i = 0; i < count; i++) action();
    }) / count;

    private static double PeakSecondsPerFlop()
    {
        const int Count = 1_000_000, Chains = 16;
        double seconds = Measure.OnceOnOneThread(() => Spin(Count));
        return seconds / (2.0 * Count * Chains * VectorKernels.Lanes);
    }

    /// <summary>Sixteen independent chains of fused multiply-adds in registers: what no product can exceed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<float> Spin(int count)
    {
        var x = Vector512.Create(0.5f);
        var y = Vector512.Create(1f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y;
        Vector512<float> i = y, j = y, k = y, l = y, m = y, n = y, o = y, p = y;
        for (; count > 0; count--)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
            m = Vector512.FusedMultiplyAdd(m, x, y);
            n = Vector512.FusedMultiplyAdd(n, x, y);
            o = Vector512.FusedMultiplyAdd(o, x, y);
            p = Vector512.FusedMultiplyAdd(p, x, y);
        }
        return a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
    }

    private static string Samples(double perSecond) => Format(perSecond / 1000, "0.0") + " k samples/s";

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Softmax cross-entropy for at most 16 classes.</summary>
    private sealed class Softmax : Loss
    {
        public override TargetKind TargetKind => TargetKind.Class;

        public override int OutputCount(DataSchema schema) => schema.ClassNames.Length;

        public override double Evaluate(
            ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
        {
            double total = 0;
            Span<float> lanes = stackalloc float[VectorKernels.Lanes];
            for (int i = 0; i < targets_BT.Length; i++)
            {
                var outputs = outputs_BC.Slice(i * outputCount, outputCount);
                var derivatives = derivatives_BC.Slice(i * outputCount, outputCount);
                int target = (int)targets_BT[i];
                float max = outputs[0], sum = 0;
                foreach (float output in outputs) max = MathF.Max(max, output);
                float margin = outputs[target] - max;
                for (int j = 0; j < outputCount; j++) lanes[j] = outputs[j] - max;
                Transcendental.Exp(Vector512.Create<float>(lanes)).CopyTo(lanes);
                for (int j = 0; j < outputCount; j++) sum += lanes[j];
                for (int j = 0; j < outputCount; j++) derivatives[j] = lanes[j] / sum;
                derivatives[target] -= 1;
                total += Transcendental.Log((double)sum) - margin;
            }
            return total;
        }
    }
}
