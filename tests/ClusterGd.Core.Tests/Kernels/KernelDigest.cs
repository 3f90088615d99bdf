using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Tests.Models;
using static ClusterGd.Core.Tests.Kernels.Numbers;
using LossTable = ClusterGd.Core.Losses.Losses;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>One line a kernel: its name and the SHA-256 of its results on awkward sizes and numbers.</summary>
internal static class KernelDigest
{
    private static readonly float[] s_edges =
    [
        0, -0f, float.Epsilon, -float.Epsilon, 1e-39f, -1e-39f, 1.17549435e-38f, 1, -1, 0.41421356f, 0.625f,
        0.70710678f, 88.72283f, 88.72284f, -87.4f, -103.97f, -103.98f, -104.5f, 1e10f, -1e10f, float.MaxValue,
        float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
    ];

    public static string Compute()
    {
        var text = new StringBuilder();
        Add(text, "dot", size => [VectorKernels.Dot(Floats(size, 1), Floats(size, 2))]);
        Add(text, "addScaled", size => After(Floats(size, 1), y => VectorKernels.AddScaled(0.3f, Floats(size, 2), y)));
        Add(text, "add", size => After(Floats(size, 1), y => VectorKernels.Add(y, Floats(size, 2))));
        Add(text, "squaredNorm", size => Halves(VectorKernels.SquaredNorm(Floats(size, 1))));
        Add(text, "squaredDistance", size => Halves(VectorKernels.SquaredDistance(Floats(size, 1), Floats(size, 2))));
        Add(text, "absoluteSum", size => Halves(VectorKernels.AbsoluteSum(Floats(size, 1))));
        Add(text, "maxAbsolute", size => [VectorKernels.MaxAbsolute(Floats(size, 1))]);
        Add(text, "dots", size => After(new float[size], y => DenseRowKernels.Dots(
            Floats(size * 48, 1), 48, Order(size), Floats(48, 2), 0.25f, y)));
        Add(text, "addScaledRows", size => After(Floats(48, 3), y => DenseRowKernels.AddScaledRows(
            Floats(size * 48, 1), 48, Order(size), Floats(size, 2), y)));
        Add(text, "sparseDot", size => [SparseRowKernels.Dot(Order(size), Floats(size, 1), Floats(size, 2))]);
        Add(text, "sparseAddScaled", size => After(Floats(size, 3), y => SparseRowKernels.AddScaled(
            0.75f, Order(size), Floats(size, 1), y)));
        Add(text, "multiply", size => After(new float[19 * 21], c => new MatrixKernels().Multiply(
            false, true, 19, 21, size, Floats(19 * size, 1), size, Floats(21 * size, 2), size, c, 21, false)));
        Add(text, "exp", size => Map(size, Transcendental.Exp));
        Add(text, "log", size => Map(size, Transcendental.Log));
        Add(text, "sigmoid", size => Map(size, Transcendental.Sigmoid));
        Add(text, "log1pExp", size => Map(size, Transcendental.Log1pExp));
        Add(text, "tanh", size => Map(size, Transcendental.Tanh));
        Add(text, "expDouble", size => MapDouble(size, Transcendental.Exp));
        Add(text, "logDouble", size => MapDouble(size, Transcendental.Log));
        Add(text, "cosDouble", size => MapDouble(size, Transcendental.Cos));
        foreach (var type in new[] { ElementType.BFloat16, ElementType.Float16 })
        {
            Add(text, "round" + type, size => After(Spread(size), x => HalfKernels.Round(x, type)));
            Add(text, "add" + type, size => After(Floats(size, 1), y => HalfKernels.Add(y, Floats(size, 2), type)));
            Add(text, "pack" + type, size => Packed(Spread(size), type));
            Add(text, "unpack" + type, size => Unpacked(size, type));
        }
        foreach (var kind in LossTable.All)
        {
            if (Component.Of(kind.Name).Create(LossTable.All) is ElementLoss loss)
            {
                Add(text, kind.Name, size => Evaluated(size, loss));
            }
        }
        Add(text, "linear1", size => Gradient(size, 1));
        Add(text, "linear3", size => Gradient(size, 3));
        return text.ToString();
    }

    private static void Add(StringBuilder text, string name, Func<int, float[]> kernel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int size in AwkwardSizes)
        {
            float[] result = kernel(size);
            Bits.UnifyNaN(result);
            hash.AppendData(MemoryMarshal.AsBytes<float>(result));
        }
        text.Append(name).Append(' ').Append(Convert.ToHexStringLower(hash.GetHashAndReset())).Append('\n');
    }

    private static float[] After(float[] x, Action<float[]> change)
    {
        change(x);
        return x;
    }

    /// <summary>The edges once, then <paramref name="size"/> floats of every magnitude.</summary>
    private static float[] Map(int size, Func<Vector512<float>, Vector512<float>> function)
    {
        var x = Inputs(size);
        for (int i = 0; i < x.Length; i++) x[i] = function(Vector512.Create(x[i]))[i % 16];
        return x;
    }

    private static float[] MapDouble(int size, Func<double, double> function) =>
        [.. Floats(size, 1).Append(1).SelectMany(x => Halves(function(Math.Abs(x) * 1000)))];

    private static float[] Inputs(int size) =>
        [.. s_edges, .. Floats(size, 1).Select((x, i) => x * (1 << (i % 9))), .. Floats(size, 2).Select(MathF.Abs)];

    /// <summary>The edges, then floats of any bits.</summary>
    private static float[] Spread(int size)
    {
        var x = new float[size];
        for (int i = 0; i < size; i++) x[i] = BitConverter.UInt32BitsToSingle(Philox.Block(42, (uint)i, 9, 0, 0).A);
        return [.. s_edges, .. x];
    }

    private static float[] Packed(float[] x, ElementType type)
    {
        var packed = new ushort[x.Length];
        HalfKernels.Pack(x, packed, type);
        return [.. packed.Select(code => (float)code)];
    }

    private static float[] Unpacked(int size, ElementType type)
    {
        var codes = new ushort[size];
        for (int i = 0; i < size; i++) codes[i] = (ushort)Philox.Block(42, (uint)i, 10, 0, 0).A;
        var x = new float[size];
        HalfKernels.Unpack(codes, x, type);
        return x;
    }

    /// <summary>A double's bits as two floats' bits.</summary>
    private static float[] Halves(double x) => MemoryMarshal.Cast<double, float>([x]).ToArray();

    /// <summary>Derivatives, and the sum of all losses but the edges', which are infinite.</summary>
    private static float[] Evaluated(int size, ElementLoss loss)
    {
        var outputs = Inputs(size);
        float[] targets = [.. outputs.Select((_, i) => (float)(i % 2))], derivatives = new float[outputs.Length];
        loss.Evaluate(outputs, targets, 1, derivatives);
        int start = s_edges.Length;
        double sum = loss.Evaluate(outputs.AsSpan(start), targets.AsSpan(start), 1, new float[outputs.Length - start]);
        return [.. derivatives, .. Halves(sum)];
    }

    private static float[] Gradient(int size, int outputCount)
    {
        const int features = 21;
        int count = Math.Max(size, 1);
        var values = new AlignedFloats(count * 32);
        for (int i = 0; i < count; i++) Floats(features, (uint)i + 5).CopyTo(values.Span[(i * 32)..]);
        var rows = new DenseRows(count, features, values, Floats(count * outputCount, 4), outputCount);
        var schema = new DataSchema
        { FeatureCount = features, TargetKind = TargetKind.Number, TargetCount = outputCount };
        var model = new LinearModel(schema, new LinearTestLoss(), hasBias: true);
        var gradient = new float[model.ParameterCount];
        double loss = model.CreateWorker(64).Gradient(
            Floats(model.ParameterCount, 3), rows, Order(count), default, gradient);
        return [.. gradient, .. Halves(loss)];
    }
}
