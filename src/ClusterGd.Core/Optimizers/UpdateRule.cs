namespace ClusterGd.Core.Optimizers;

/// <summary>The numbers of one update, the same for every parameter.</summary>
/// <param name="Step">1 for the first update.</param>
/// <param name="LearningRate">After warm-up and schedule.</param>
/// <param name="GradientScale">Turns the gradient's sum into what is applied: 1/count, times the norm clip's
/// factor.</param>
/// <param name="ClipValue">Each element of the scaled gradient is clipped to ± this; +∞ for no limit.</param>
/// <param name="L2">Added to the scaled gradient as L2·w; 0 where the range is not penalised.</param>
/// <param name="L1">Applied after the update by soft-thresholding with learning rate × L1.</param>
public readonly record struct UpdateStep(
    long Step, float LearningRate, float GradientScale, float ClipValue, float L2, float L1);

/// <summary>
/// An element-wise update of parameters from the sum of gradients, in place: cutting the vector into slices changes
/// no bit. Stateless; the state is in the slots, which start as zeros and belong to the slice.
/// </summary>
public abstract class UpdateRule
{
    /// <summary>Vectors of state a parameter vector needs: 0, 1 or 2.</summary>
    public abstract int SlotCount { get; }

    /// <summary>Applies one update in one pass. All spans have the same length; unused slots are empty.</summary>
    public abstract void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum);
}
