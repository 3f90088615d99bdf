using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Centred clipping (Karimireddy et al. 2020, arXiv 2012.10333): v ← v + 1/n Σ (xᵢ − v)·min(1, τ / ‖xᵢ − v‖). The paper
/// begins where the last step ended; here v begins at the median of the coordinates, so that the rule has no state.
/// </summary>
/// <param name="radius">τ; 0 for the median of the distances, anew in each iteration.</param>
public sealed class CenteredClipping(int faulty, int iterations, double radius) : RobustRule(faulty)
{
    public override string Requirement => "2·faulty + 1";

    public override int CountMin(int faulty) => 2 * faulty + 1;

    public override void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result)
    {
        CoordinateKernel.TrimmedMean(gradients, (gradients.Count - 1) / 2, result);
        int count = gradients.Count;
        var centre = new float[result.Length];
        var weights = new double[count];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            result.CopyTo(centre);
            for (int i = 0; i < count; i++)
            {
                weights[i] = Math.Sqrt(VectorKernels.SquaredDistance(centre, gradients[i]));
            }
            double limit = radius > 0 ? radius : weights.Order().ElementAt((count - 1) / 2);
            double left = 1;
            for (int i = 0; i < count; i++)
            {
                weights[i] = (weights[i] <= limit ? 1 : limit / weights[i]) / count;
                left -= weights[i];
            }
            WeightedSum.Write(gradients, weights, result);
            VectorKernels.AddScaled((float)left, centre, result);
        }
    }
}
