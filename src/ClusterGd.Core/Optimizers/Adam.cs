using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1), m in slot 0 and v in slot 1: m ← β₁·m + (1 − β₁)·g; v ← β₂·v + (1 − β₂)·g²;
/// w ← w − η·m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). The L2 penalty is part of g. With a weight
/// decay λ it is AdamW (Loshchilov and Hutter 2019): w ← w − η·λ·w besides, for every parameter, biases too, as
/// PyTorch does.
/// </summary>
/// <param name="beta1">β₁ in [0, 1).</param>
/// <param name="beta2">β₂ in [0, 1).</param>
/// <param name="epsilon">ε &gt; 0.</param>
/// <param name="weightDecay">λ ≥ 0; 0 for Adam.</param>
public sealed class Adam(double beta1, double beta2, float epsilon, double weightDecay) : UpdateRule
{
    public override int SlotCount => 2;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum)
    {
        // The corrections are worked out in double: 1 − 0.999ᵗ would lose three digits of a float in the first step.
        double correction1 = 1 - Transcendental.Power(beta1, step.Step);
        double correction2 = 1 - Transcendental.Power(beta2, step.Step);
        var formula = new Formula
        {
            Keep1 = (float)beta1,
            Take1 = (float)(1 - beta1),
            Keep2 = (float)beta2,
            Take2 = (float)(1 - beta2),
            Epsilon = epsilon,
            RootScale = (float)(1 / Math.Sqrt(correction2)),
            MinusRate = (float)(-step.LearningRate / correction1),
            MinusDecay = (float)(-step.LearningRate * weightDecay),
        };
        UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
    }

    private readonly struct Formula : IUpdateFormula
    {
        public required float Keep1 { get; init; }
        public required float Take1 { get; init; }
        public required float Keep2 { get; init; }
        public required float Take2 { get; init; }
        public required float Epsilon { get; init; }
        public required float RootScale { get; init; }
        public required float MinusRate { get; init; }
        public required float MinusDecay { get; init; }

        public static int SlotCount => 2;

        // Too long for the compiler to inline unasked, and four times slower as a call.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            slot0 = Vector512.FusedMultiplyAdd(Vector512.Create(Keep1), slot0, Vector512.Create(Take1) * g);
            slot1 = Vector512.FusedMultiplyAdd(Vector512.Create(Keep2), slot1, Vector512.Create(Take2) * g * g);
            var root = Vector512.FusedMultiplyAdd(
                Vector512.Sqrt(slot1), Vector512.Create(RootScale), Vector512.Create(Epsilon));
            w = Vector512.FusedMultiplyAdd(Vector512.Create(MinusDecay), w, w);
            return Vector512.FusedMultiplyAdd(Vector512.Create(MinusRate), slot0 / root, w);
        }
    }
}
