using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// RMSprop (Hinton 2012, lecture 6e), mean square in slot 0: s ← α·s + (1 − α)·g²; u = g / (√s + ε), with ε outside
/// the root as in PyTorch; w ← w − η·u. With momentum, slot 1 has b ← μ·b + u, and w ← w − η·b.
/// </summary>
/// <param name="alpha">α in (0, 1): what the mean keeps of itself a step.</param>
/// <param name="epsilon">ε &gt; 0.</param>
/// <param name="momentum">μ in [0, 1); 0 for none, and then no slot 1.</param>
public sealed class RmsProp(double alpha, float epsilon, float momentum) : UpdateRule
{
    public override int SlotCount => momentum > 0 ? 2 : 1;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum)
    {
        var scaling = new Scaling((float)alpha, (float)(1 - alpha), epsilon);
        if (momentum > 0)
        {
            var formula = new WithMomentum(scaling, step.LearningRate, momentum);
            UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
        }
        else
        {
            var formula = new Plain(scaling, step.LearningRate);
            UpdatePass.Run(in step, formula, parameters, slot0, slot1, gradientSum);
        }
    }

    private readonly struct Scaling(float keep, float take, float epsilon)
    {
        public Vector512<float> Apply(Vector512<float> g, ref Vector512<float> square)
        {
            square = Vector512.FusedMultiplyAdd(Vector512.Create(keep), square, Vector512.Create(take) * g * g);
            return g / (Vector512.Sqrt(square) + Vector512.Create(epsilon));
        }
    }

    private readonly struct Plain(Scaling scaling, float learningRate) : IUpdateFormula
    {
        public static int SlotCount => 1;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1) =>
            Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), scaling.Apply(g, ref slot0), w);
    }

    private readonly struct WithMomentum(Scaling scaling, float learningRate, float momentum) : IUpdateFormula
    {
        public static int SlotCount => 2;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            slot1 = Vector512.FusedMultiplyAdd(Vector512.Create(momentum), slot1, scaling.Apply(g, ref slot0));
            return Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), slot1, w);
        }
    }
}
