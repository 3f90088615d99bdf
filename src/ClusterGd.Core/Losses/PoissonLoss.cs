using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Negative log-likelihood of a count under a Poisson rate eᵒ, without the term ln t! that no parameter changes:
/// eᵒ − t·o; derivative eᵒ − t. An output above 88.7 has an infinite loss: float32 holds no larger rate.
/// </summary>
public sealed class PoissonLoss : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.Number;

    public override string? ProblemOf(ReadOnlySpan<float> targets_BT)
    {
        int index = targets_BT.IndexOfAnyExceptInRange(0f, float.MaxValue);
        if (index < 0) return null;
        string value = targets_BT[index].ToString(CultureInfo.InvariantCulture);
        return $"target {index + 1} is {value}, allowed is a number of at least 0 with loss poisson; mend the column " +
            "or use the loss squared";
    }

    public override void ToPredictions(Span<float> outputs_BC, int outputCount)
    {
        ref float outputs = ref MemoryMarshal.GetReference(outputs_BC);
        int i = 0, whole = outputs_BC.Length & -VectorKernels.Lanes;
        for (; i < whole; i += VectorKernels.Lanes)
        {
            Transcendental.Exp(Vector512.LoadUnsafe(ref outputs, (nuint)i)).StoreUnsafe(ref outputs, (nuint)i);
        }
        for (; i < outputs_BC.Length; i++) outputs_BC[i] = Transcendental.Exp(outputs_BC[i]);
    }

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        var rates = Transcendental.Exp(outputs);
        derivatives = rates - targets;
        return Vector512.FusedMultiplyAdd(-targets, outputs, rates);
    }
}
