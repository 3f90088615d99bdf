using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;

namespace ClusterGd.Benchmarks;

/// <summary>ln(1 + e⁻ᵐ) with the margin m = (2t − 1)·o for t in {0, 1}, 16 rows at a time.</summary>
internal sealed class LogisticBenchmarkLoss : Loss
{
    private const int Lanes = VectorKernels.Lanes;

    public override TargetKind TargetKind => TargetKind.BinaryClass;

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        Debug.Assert(outputs_BC.Length == targets_BT.Length && outputs_BC.Length == derivatives_BC.Length);
        ref float outputs = ref MemoryMarshal.GetReference(outputs_BC);
        ref float targets = ref MemoryMarshal.GetReference(targets_BT);
        ref float derivatives = ref MemoryMarshal.GetReference(derivatives_BC);
        Span<float> rest = stackalloc float[2 * Lanes], losses = stackalloc float[Lanes];
        double sum = 0;
        int i = 0;
        for (; i + Lanes <= outputs_BC.Length; i += Lanes)
        {
            Evaluate(ref outputs, ref targets, ref derivatives, i, ref MemoryMarshal.GetReference(losses));
            for (int lane = 0; lane < Lanes; lane++) sum += losses[lane];
        }
        if (i == outputs_BC.Length) return sum;
        outputs_BC[i..].CopyTo(rest);
        targets_BT[i..].CopyTo(rest[Lanes..]);
        Evaluate(ref rest[0], ref rest[Lanes], ref rest[0], 0, ref losses[0]);
        rest[..(outputs_BC.Length - i)].CopyTo(derivatives_BC[i..]);
        for (int lane = 0; i + lane < outputs_BC.Length; lane++) sum += losses[lane];
        return sum;
    }

    private static void Evaluate(ref float outputs, ref float targets, ref float derivatives, int i, ref float losses)
    {
        var target = Vector512.LoadUnsafe(ref targets, (nuint)i);
        var minusSign = Vector512<float>.One - (target + target);
        Transcendental.Log1pExp(minusSign * Vector512.LoadUnsafe(ref outputs, (nuint)i), out var sigmoid)
            .StoreUnsafe(ref losses);
        (minusSign * sigmoid).StoreUnsafe(ref derivatives, (nuint)i);
    }
}
