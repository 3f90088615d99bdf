using System.Diagnostics;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Cross-entropy of the softmax over C classes; the target is a class index 0 … C − 1. With p_j = e^(o_j − max o) / Σ:
/// −ln p_t = ln Σ e^(o_j − max o) − (o_t − max o); derivative p_j − [j = t]. Sums run in 16 lanes, class j in lane
/// j mod 16.
/// </summary>
public sealed class SoftmaxLoss : Loss
{
    public override TargetKind TargetKind => TargetKind.Class;

    public override bool IsLogLoss => true;

    public override int OutputCount(DataSchema schema) => Math.Max(1, schema.ClassNames.Length);

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        RequireLengths(
            outputs_BC, targets_BT, (long)targets_BT.Length * outputCount == outputs_BC.Length, derivatives_BC);
        // Sixteen rows share one logarithm: it costs a vector's work for one number too. Rows of one vector meet in a
        // block first: written where they belong at once, each would wait for the one it overlaps.
        Span<float> sums = stackalloc float[VectorKernels.Lanes];
        Span<float> shifted = stackalloc float[VectorKernels.Lanes];
        Span<float> block = stackalloc float[VectorKernels.Lanes * VectorKernels.Lanes];
        double loss = 0;
        for (int first = 0; first < targets_BT.Length; first += VectorKernels.Lanes)
        {
            int count = Math.Min(VectorKernels.Lanes, targets_BT.Length - first);
            sums.Fill(1);
            for (int k = 0; k < count; k++)
            {
                int start = (first + k) * outputCount;
                float targetOutput = outputs_BC[start + ClassOf(targets_BT[first + k], outputCount)];
                float max;
                sums[k] = outputCount <= VectorKernels.Lanes
                    ? SoftmaxOfOneVector(outputs_BC[start..], outputCount, block[(k * VectorKernels.Lanes)..], out max)
                    : Softmax(
                        outputs_BC.Slice(start, outputCount), derivatives_BC.Slice(start, outputCount), out max);
                shifted[k] = targetOutput - max;
            }
            for (int k = 0; k < count; k++)
            {
                var derivative = derivatives_BC.Slice((first + k) * outputCount, outputCount);
                if (outputCount <= VectorKernels.Lanes)
                {
                    block.Slice(k * VectorKernels.Lanes, outputCount).CopyTo(derivative);
                }
                derivative[ClassOf(targets_BT[first + k], outputCount)] -= 1;
            }
            (Transcendental.Log(Vector512.Create<float>(sums)) - Vector512.Create<float>(shifted)).CopyTo(sums);
            for (int k = 0; k < count; k++) loss += sums[k];
        }
        return loss;
    }

    /// <summary>The probabilities of the classes.</summary>
    public override void ToPredictions(Span<float> outputs_BC, int outputCount)
    {
        Span<float> vector = stackalloc float[VectorKernels.Lanes];
        for (int i = 0; i < outputs_BC.Length; i += outputCount)
        {
            var row = outputs_BC.Slice(i, outputCount);
            if (outputCount > VectorKernels.Lanes) { Softmax(row, row, out _); continue; }
            SoftmaxOfOneVector(row, outputCount, vector, out _);
            vector[..outputCount].CopyTo(row);
        }
    }

    private static int ClassOf(float target, int classCount)
    {
        Debug.Assert(target >= 0 && target < classCount, "A class index lies below the class count.");
        return (int)target;
    }

    /// <summary>
    /// Writes sixteen lanes, the softmax of the row of up to sixteen outputs that the source begins with and zeros,
    /// and returns Σ e^(x − max).
    /// </summary>
    private static float SoftmaxOfOneVector(
        ReadOnlySpan<float> outputs, int count, Span<float> probabilities, out float max)
    {
        // What follows the row is loaded and dropped where there is enough of it, which saves a copy.
        var x = outputs.Length < VectorKernels.Lanes
            ? LoadPadded(outputs[..count])
            : Vector512.ConditionalSelect(
                Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(),
                Vector512.Create(outputs), Vector512.Create(float.NegativeInfinity));
        max = Max(x);
        var e = Transcendental.Exp(x - Vector512.Create(max));
        float sum = VectorKernels.HorizontalSum(e);
        (e / Vector512.Create(sum)).CopyTo(probabilities);
        return sum;
    }

    /// <summary>Writes the softmax of a row and returns Σ e^(x − max). Source and destination may be one.</summary>
    private static float Softmax(ReadOnlySpan<float> outputs, Span<float> probabilities, out float max)
    {
        var maxima = LoadPadded(outputs);
        for (int j = VectorKernels.Lanes; j < outputs.Length; j += VectorKernels.Lanes)
        {
            maxima = Vector512.Max(maxima, LoadPadded(outputs[j..]));
        }
        max = Max(maxima);
        var shift = Vector512.Create(max);
        var sums = Vector512<float>.Zero;
        for (int j = 0; j < outputs.Length; j += VectorKernels.Lanes)
        {
            var e = Transcendental.Exp(LoadPadded(outputs[j..]) - shift);
            StorePart(e, probabilities[j..]);
            sums += e;
        }
        float sum = VectorKernels.HorizontalSum(sums);
        for (int j = 0; j < outputs.Length; j += VectorKernels.Lanes)
        {
            StorePart(LoadPadded(probabilities[j..]) / Vector512.Create(sum), probabilities[j..]);
        }
        return sum;
    }

    /// <summary>The largest lane, or NaN where there is one: a maximum has no rounding, so its order is free.</summary>
    private static float Max(Vector512<float> x)
    {
        var half = Vector256.Max(x.GetLower(), x.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[2]), MathF.Max(quarter[1], quarter[3]));
    }

    /// <summary>
    /// The first sixteen elements; where there are fewer, −∞ fills up, which the softmax counts as nothing.
    /// </summary>
    private static Vector512<float> LoadPadded(ReadOnlySpan<float> x)
    {
        if (x.Length >= VectorKernels.Lanes) return Vector512.Create(x);
        Span<float> padded = stackalloc float[VectorKernels.Lanes];
        padded.Fill(float.NegativeInfinity);
        x.CopyTo(padded);
        return Vector512.Create<float>(padded);
    }

    private static void StorePart(Vector512<float> x, Span<float> destination)
    {
        if (destination.Length >= VectorKernels.Lanes) { x.CopyTo(destination); return; }
        Span<float> padded = stackalloc float[VectorKernels.Lanes];
        x.CopyTo(padded);
        padded[..destination.Length].CopyTo(destination);
    }
}
