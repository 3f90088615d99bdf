using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Losses;

/// <summary>
/// A loss that pairs each output with one target of its own and adds up over both. Sixteen pairs are computed at a
/// time; the last few are padded to sixteen, so a row has the same bits wherever in a call it stands.
/// </summary>
public abstract class ElementLoss : Loss
{
    public sealed override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        RequireLengths(outputs_BC, targets_BT, targets_BT.Length == outputs_BC.Length, derivatives_BC);
        ref float outputs = ref MemoryMarshal.GetReference(outputs_BC);
        ref float targets = ref MemoryMarshal.GetReference(targets_BT);
        ref float derivatives = ref MemoryMarshal.GetReference(derivatives_BC);
        Span<float> losses = stackalloc float[VectorKernels.Lanes];
        double sum = 0;
        int i = 0, whole = outputs_BC.Length & -VectorKernels.Lanes;
        for (; i < whole; i += VectorKernels.Lanes)
        {
            Evaluate(
                Vector512.LoadUnsafe(ref outputs, (nuint)i), Vector512.LoadUnsafe(ref targets, (nuint)i),
                out var derivative).CopyTo(losses);
            derivative.StoreUnsafe(ref derivatives, (nuint)i);
            for (int k = 0; k < VectorKernels.Lanes; k++) sum += losses[k];
        }
        return i == outputs_BC.Length ? sum : EvaluateRest(outputs_BC[i..], targets_BT[i..], sum, derivatives_BC[i..]);
    }

    /// <summary>The losses of sixteen pairs and their derivatives by the outputs.</summary>
    protected abstract Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives);

    private double EvaluateRest(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, double sum, Span<float> derivatives)
    {
        Debug.Assert(outputs.Length < VectorKernels.Lanes, "The rest is less than a vector.");
        Span<float> padded = stackalloc float[2 * VectorKernels.Lanes];
        padded.Clear();
        outputs.CopyTo(padded);
        targets.CopyTo(padded[VectorKernels.Lanes..]);
        var losses = Evaluate(
            Vector512.Create<float>(padded), Vector512.Create<float>(padded[VectorKernels.Lanes..]),
            out var derivative);
        losses.CopyTo(padded);
        derivative.CopyTo(padded[VectorKernels.Lanes..]);
        padded.Slice(VectorKernels.Lanes, outputs.Length).CopyTo(derivatives);
        for (int k = 0; k < outputs.Length; k++) sum += padded[k];
        return sum;
    }
}
