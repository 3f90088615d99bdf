using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Nesterov's accelerated gradient, v in slot 0; the parameters kept are those of the look-ahead point, where the
/// gradient is taken. Convention <c>pytorch</c>: v ← μ·v + g; w ← w − η·(g + μ·v). Convention <c>sutskever</c>
/// (Sutskever et al. 2013, equations 3-4, with w' = w + μ·v for w): v ← μ·v + η·g; w ← w − (η·g + μ·v). The same
/// while η is constant.
/// </summary>
/// <param name="momentum">μ in (0, 1).</param>
public sealed class Nesterov(float momentum, bool isSutskever) : UpdateRule
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
            var ahead = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, g);
            return Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), ahead, w);
        }
    }

    private readonly struct Sutskever(float learningRate, float momentum) : IUpdateFormula
    {
        public static int SlotCount => 1;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            var push = Vector512.Create(learningRate) * g;
            slot0 = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, push);
            return w - Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot0, push);
        }
    }
}
