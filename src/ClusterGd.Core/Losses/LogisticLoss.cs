using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Logistic regression on classes 0 and 1. With y = 2t − 1 and the margin m = y·o: ln(1 + e⁻ᵐ); derivative
/// −y·σ(−m) = σ(o) − t. Everything is computed from e^−|m|, so nothing overflows and small values keep their digits.
/// </summary>
public sealed partial class LogisticLoss : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.BinaryClass;

    public override bool IsLogLoss => true;

    public override int OutputCount(DataSchema schema) => 1;

    /// <summary>The probability of class 1.</summary>
    public override void ToPredictions(Span<float> outputs_BC, int outputCount)
    {
        ref float outputs = ref MemoryMarshal.GetReference(outputs_BC);
        int i = 0, whole = outputs_BC.Length & -VectorKernels.Lanes;
        for (; i < whole; i += VectorKernels.Lanes)
        {
            Sigmoid(Vector512.LoadUnsafe(ref outputs, (nuint)i)).StoreUnsafe(ref outputs, (nuint)i);
        }
        for (; i < outputs_BC.Length; i++) outputs_BC[i] = Sigmoid(Vector512.Create(outputs_BC[i]))[0];
    }

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        if (Vector512.IsHardwareAccelerated) return Evaluate512(outputs_BC, targets_BT, derivatives_BC);
        RequireLengths(outputs_BC, targets_BT, targets_BT.Length == outputs_BC.Length, derivatives_BC);
        return Evaluate256(outputs_BC, targets_BT, derivatives_BC);
    }

    internal double Evaluate512(
        ReadOnlySpan<float> outputs_B, ReadOnlySpan<float> targets_B, Span<float> derivatives_B) =>
        base.Evaluate(outputs_B, targets_B, 1, derivatives_B);

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        var one = Vector512<float>.One;
        var sign = Vector512.FusedMultiplyAdd(Vector512.Create(2f), targets, -one);
        var margins = sign * outputs;
        var u = Transcendental.Exp(-Vector512.Abs(margins));
        var onePlus = one + u;
        var isRight = Vector512.GreaterThanOrEqual(margins, Vector512<float>.Zero);
        derivatives = -sign * Vector512.ConditionalSelect(isRight, u, one) / onePlus;
        return Vector512.ConditionalSelect(isRight, Vector512<float>.Zero, -margins) + LogOnePlus(u, onePlus);
    }

    private static Vector512<float> Sigmoid(Vector512<float> x)
    {
        var one = Vector512<float>.One;
        var u = Transcendental.Exp(-Vector512.Abs(x));
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512<float>.Zero), one, u) / (one + u);
    }

    /// <summary>
    /// ln(1 + u) for u in [0, 1]. The quotient cancels the rounding of 1 + u (Goldberg 1991, theorem 4); without it
    /// every margin above 17 would lose its loss.
    /// </summary>
    private static Vector512<float> LogOnePlus(Vector512<float> u, Vector512<float> onePlus)
    {
        var rounded = onePlus - Vector512<float>.One;
        var quotient = Transcendental.LogOfOneToTwo(onePlus) * u / rounded;
        return Vector512.ConditionalSelect(Vector512.Equals(rounded, Vector512<float>.Zero), u, quotient);
    }
}
