using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Adagrad (Duchi, Hazan and Singer 2011), Σ g² in slot 0: s ← s + g²; w ← w − η·g / (√s + ε), with ε outside the
/// root as in PyTorch.
/// </summary>
/// <param name="epsilon">ε &gt; 0.</param>
public sealed class Adagrad(float epsilon) : UpdateRule
{
    public override int SlotCount => 1;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum) =>
        UpdatePass.Run(in step, new Formula(step.LearningRate, epsilon), parameters, slot0, slot1, gradientSum);

    private readonly struct Formula(float learningRate, float epsilon) : IUpdateFormula
    {
        public static int SlotCount => 1;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1)
        {
            slot0 = Vector512.FusedMultiplyAdd(g, g, slot0);
            return Vector512.FusedMultiplyAdd(
                Vector512.Create(-learningRate), g / (Vector512.Sqrt(slot0) + Vector512.Create(epsilon)), w);
        }
    }
}
