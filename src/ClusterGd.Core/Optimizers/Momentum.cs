using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Momentum without dampening, the velocity v in slot 0. Convention <c>pytorch</c>: v ← μ·v + g; w ← w − η·v, so a
/// change of η rescales the old velocity at once. Convention <c>sutskever</c> (Sutskever et al. 2013): v ← μ·v + η·g;
/// w ← w − v, so the old velocity keeps the η it was gathered with. The same while η is constant.
/// </summary>
/// <param name="momentum">μ in [0, 1).</param>
/// <param name="isSutskever">The convention.</param>
/// <param name="isNesterov">
/// Whether w moves by the coming velocity instead of v: μ·v + g, or μ·v + η·g (Nesterov's accelerated gradient;
/// Sutskever et al. 2013, equations 3-4, with the look-ahead point w + μ·v for w). Else the heavy ball of Polyak 1964.
/// </param>
public sealed class Momentum(float momentum, bool isSutskever, bool isNesterov) : UpdateRule
{
    public override int SlotCount => 1;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum)
    {
        var formula = new Formula(step.LearningRate, momentum, isSutskever, isNesterov);
        UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
    }

    private readonly struct Formula(float learningRate, float momentum, bool isSutskever, bool isNesterov)
        : IUpdateFormula
    {
        public static int SlotCount => 1;

        // Not inlined by itself, for its branches, which then cost next to nothing.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            var push = isSutskever ? Vector512.Create(learningRate) * g : g;
            slot0 = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, push);
            var move = isNesterov ? Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, push) : slot0;
            return isSutskever ? w - move : Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), move, w);
        }
    }
}
