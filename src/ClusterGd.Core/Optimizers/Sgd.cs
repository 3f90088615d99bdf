using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Optimizers;

/// <summary>Plain stochastic gradient descent: w ← w − η·g.</summary>
public sealed class Sgd : UpdateRule
{
    public override int SlotCount => 0;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum) =>
        UpdatePass.Run(in step, new Formula(step.LearningRate), parameters, slot0, slot1, gradientSum);

    private readonly struct Formula(float learningRate) : IUpdateFormula
    {
        public static int SlotCount => 0;

        public Vector512<float> Apply(
            Vector512<float> w, Vector512<float> g, ref Vector512<float> slot0, ref Vector512<float> slot1) =>
            Vector512.FusedMultiplyAdd(Vector512.Create(-learningRate), g, w);
    }
}
