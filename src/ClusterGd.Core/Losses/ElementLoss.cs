using System.Diagnostics;
using System.Runtime.CompilerServices;
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
    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        RequireLengths(outputs_BC, targets_BT, targets_BT.Length == outputs_BC.Length, derivatives_BC);
        ref float outputs = ref MemoryMarshal.GetReference(outputs_BC);
        ref float targets = ref MemoryMarshal.GetReference(targets_BT);
        ref float derivatives = ref MemoryMarshal.GetReference(derivatives_BC);
        double sum = 0;
        int i = 0, whole = outputs_BC.Length & -VectorKernels.Lanes;
        for (; i < whole; i += VectorKernels.Lanes)
        {
            var losses = Evaluate(
                Vector512.LoadUnsafe(ref outputs, (nuint)i), Vector512.LoadUnsafe(ref targets, (nuint)i),
                out var derivative);
            derivative.StoreUnsafe(ref derivatives, (nuint)i);
            sum = AddFirst(losses, VectorKernels.Lanes, sum);
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
        var losses = Evaluate(
            VectorKernels.LoadTail(outputs), VectorKernels.LoadTail(targets), out var derivative);
        VectorKernels.StoreTail(derivative, derivatives[..outputs.Length]);
        return AddFirst(losses, outputs.Length, sum);
    }

    /// <summary>Adds the first lanes in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double AddFirst(Vector512<float> losses, int count, double sum)
    {
        var (low, high) = Vector512.Widen(losses);
        int lowCount = Math.Min(count, VectorKernels.Lanes / 2);
        for (int k = 0; k < lowCount; k++) sum += LaneOf(ref low, k);
        for (int k = lowCount; k < count; k++) sum += LaneOf(ref high, k - lowCount);
        return sum;
    }

    private static double LaneOf(ref Vector512<double> lanes, int lane) =>
        Unsafe.Add(ref Unsafe.As<Vector512<double>, double>(ref lanes), lane);
}
