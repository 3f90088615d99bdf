using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// The point of least summed distance, by the smoothed Weiszfeld iterations of RFA (Pillutla et al. 2019, arXiv
/// 1912.13445): z ← Σ βᵢxᵢ / Σ βᵢ with βᵢ = 1 / max(ν, ‖z − xᵢ‖). They begin at the median of the coordinates, which no
/// minority can move far, and their number is fixed.
/// </summary>
public sealed class GeometricMedian(int faulty, int iterations, double smoothing) : RobustRule(faulty)
{
    public override string Requirement => "2·faulty + 1";

    public override int CountMin(int faulty) => 2 * faulty + 1;

    public override void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result)
    {
        CoordinateKernel.TrimmedMean(gradients, (gradients.Count - 1) / 2, result);
        var weights = new double[gradients.Count];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            double sum = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                double distance = Math.Sqrt(VectorKernels.SquaredDistance(result, gradients[i]));
                weights[i] = 1 / Math.Max(smoothing, distance);
                sum += weights[i];
            }
            for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
            WeightedSum.Write(gradients, weights, result);
        }
    }
}
