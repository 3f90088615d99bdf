using System.Diagnostics;
using ClusterGd.Core.Optimizers;

namespace ClusterGd.Core.Models;

/// <summary>
/// Sculley's per-centroid learning rate: a centroid that has taken n rows, b of them in this step with the sum s, moves
/// by (s − b·c)/n, which keeps it the mean of all rows it ever took. Learning rate, penalties, clipping and
/// <see cref="UpdateStep.GradientScale"/> are ignored: the rule needs sums and counts.
/// </summary>
/// <param name="width">Floats of a centroid: features and count; slices hold whole centroids.</param>
/// <remarks>
/// Counts are float32 and so exact to 2²⁴ = 16,777,216 rows a centroid; there they stop growing if a step adds one row,
/// and the rate stays at 1/2²⁴.
/// </remarks>
internal sealed class KMeansUpdateRule(int width) : UpdateRule
{
    public override int SlotCount => 0;

    public override void Apply(
        in UpdateStep step, Span<float> parameters, Span<float> slot0, Span<float> slot1,
        ReadOnlySpan<float> gradientSum)
    {
        Debug.Assert(parameters.Length % width == 0 && parameters.Length == gradientSum.Length);
        int features = width - 1;
        for (int start = 0; start < parameters.Length; start += width)
        {
            var centroid = parameters.Slice(start, features);
            var sum = gradientSum.Slice(start, features);
            float taken = gradientSum[start + features];
            if (taken == 0) continue;
            float count = parameters[start + features] += taken;
            for (int j = 0; j < features; j++)
            {
                centroid[j] += MathF.FusedMultiplyAdd(-taken, centroid[j], sum[j]) / count;
            }
        }
    }
}
