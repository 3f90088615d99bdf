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

    public override int OutputCount(DataSchema schema) => Math.Max(1, schema.ClassNames.Length);

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        RequireLengths(
            outputs_BC, targets_BT, (long)targets_BT.Length * outputCount == outputs_BC.Length, derivatives_BC);
        // Sixteen rows share one logarithm: it costs a vector's work for one number too.
        Span<float> sums = stackalloc float[VectorKernels.Lanes];
        Span<float> shifted = stackalloc float[VectorKernels.Lanes];
        double loss = 0;
        for (int first = 0; first < targets_BT.Length; first += VectorKernels.Lanes)
        {
            int count = Math.Min(VectorKernels.Lanes, targets_BT.Length - first);
            sums.Fill(1);
            for (int k = 0; k < count; k++)
            {
                int row = first + k, target = (int)targets_BT[row];
                Debug.Assert((uint)target < (uint)outputCount, "A class index lies below the class count.");
                var derivative = derivatives_BC.Slice(row * outputCount, outputCount);
                float targetOutput = outputs_BC[row * outputCount + target];
                sums[k] = Softmax(outputs_BC.Slice(row * outputCount, outputCount), derivative, out float max);
                shifted[k] = targetOutput - max;
                derivative[target] -= 1;
            }
            (Transcendental.Log(Vector512.Create<float>(sums)) - Vector512.Create<float>(shifted)).CopyTo(sums);
            for (int k = 0; k < count; k++) loss += sums[k];
        }
        return loss;
    }

    /// <summary>The probabilities of the classes.</summary>
    public override void ToPredictions(Span<float> outputs_BC, int outputCount)
    {
        for (int i = 0; i < outputs_BC.Length; i += outputCount)
        {
            var row = outputs_BC.Slice(i, outputCount);
            Softmax(row, row, out _);
        }
    }

    /// <summary>Writes the softmax of a row and returns Σ e^(x − max), at least 1. Source and destination may be one.</summary>
    private static float Softmax(ReadOnlySpan<float> outputs, Span<float> probabilities, out float max)
    {
        max = Max(outputs);
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

    /// <summary>The largest element, or NaN where there is one: a maximum has no rounding, so its order is free.</summary>
    private static float Max(ReadOnlySpan<float> x)
    {
        var max = LoadPadded(x);
        for (int j = VectorKernels.Lanes; j < x.Length; j += VectorKernels.Lanes)
        {
            max = Vector512.Max(max, LoadPadded(x[j..]));
        }
        var half = Vector256.Max(max.GetLower(), max.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[2]), MathF.Max(quarter[1], quarter[3]));
    }

    /// <summary>The first sixteen elements; where there are fewer, −∞ fills up, which the softmax counts as nothing.</summary>
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
