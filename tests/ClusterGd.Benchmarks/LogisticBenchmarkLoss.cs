using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;

namespace ClusterGd.Benchmarks;

/// <summary>ln(1 + eᵒ) − y·o for y in {0, 1}, a multiple of 16 rows at a time.</summary>
internal sealed class LogisticBenchmarkLoss : Loss
{
    public override TargetKind TargetKind => TargetKind.BinaryClass;

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        double sum = 0;
        Span<float> output = stackalloc float[16], target = stackalloc float[16];
        for (int i = 0; i < outputs_BC.Length; i += 16)
        {
            int count = Math.Min(16, outputs_BC.Length - i);
            outputs_BC.Slice(i, count).CopyTo(output);
            targets_BT.Slice(i, count).CopyTo(target);
            var o = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(output));
            var y = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(target));
            var loss = Transcendental.Log1pExp(o, out var sigmoid) - y * o;
            (sigmoid - y).StoreUnsafe(ref MemoryMarshal.GetReference(output));
            output[..count].CopyTo(derivatives_BC[i..]);
            for (int lane = 0; lane < count; lane++) sum += loss[lane];
        }
        return sum;
    }
}
