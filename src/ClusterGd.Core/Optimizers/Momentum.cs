using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Heavy-ball momentum (Polyak 1964) without dampening, v in slot 0. Convention <c>pytorch</c>: v ← μ·v + g;
/// w ← w − η·v, so a change of η rescales the old velocity at once. Convention <c>sutskever</c> (Sutskever et al.
/// 2013): v ← μ·v + η·g; w ← w − v, so the old velocity keeps the η it was gathered with. The same while η is
/// constant.
/// </summary>
/// <param name="momentum">μ in [0, 1).</param>
public sealed class Momentum(float momentum, bool isSutskever) : UpdateRule
{
    public override int SlotCount => 1;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum)
    {
        if (isSutskever)
        {
            var formula = new Sutskever(step.LearningRate, momentum);
            UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
        }
        else
        {
            var formula = new PyTorch(step.LearningRate, momentum);
            UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
        }
    }

    private readonly struct PyTorch(float learningRate, float momentum) : IUpdateFormula
    {
        public static int SlotCount => 1;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            slot0 = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, g);
            return Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), slot0, w);
        }
    }

    private readonly struct Sutskever(float learningRate, float momentum) : IUpdateFormula
    {
        public static int SlotCount => 1;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            slot0 = Vector512.FusedMultiplyAdd(
                Vector512.Create(momentum), slot0, Vector512.Create(learningRate) * g);
            return w - slot0;
        }
    }
}
