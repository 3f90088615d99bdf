using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Aggregation;

/// <summary>Σ weight·vector in the order of the vectors; those of weight 0 are not read.</summary>
internal static class WeightedSum
{
    public static void Write(IReadOnlyList<float[]> vectors, ReadOnlySpan<double> weights, Span<float> result)
    {
        result.Clear();
        for (int i = 0; i < vectors.Count; i++)
        {
            if (weights[i] != 0) VectorKernels.AddScaled((float)weights[i], vectors[i], result);
        }
    }
}
