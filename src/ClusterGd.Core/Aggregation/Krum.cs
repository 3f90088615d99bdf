using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Krum (Blanchard et al. 2017, arXiv 1703.02757): the gradient with the least sum of squared distances to its
/// n − f − 2 nearest others; Multi-Krum: the mean of the m best. Of equals the lower shard is the better.
/// </summary>
/// <param name="selected">m; 1 for Krum, 0 for n − f − 2. At most that many are taken.</param>
public sealed class Krum(int faulty, int selected) : RobustRule(faulty)
{
    public override string Requirement => "2·faulty + 3";

    public override int CountMin(int faulty) => 2 * faulty + 3;

    public override void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result)
    {
        int near = gradients.Count - faulty - 2;
        var scores = Scores(gradients, near);
        int m = selected == 0 ? near : Math.Min(selected, near);
        var best = Enumerable.Range(0, scores.Length).OrderBy(i => scores[i]).ThenBy(i => i).Take(m).Order();
        var weights = new double[gradients.Count];
        foreach (int i in best) weights[i] = 1.0 / m;
        WeightedSum.Write(gradients, weights, result);
    }

    /// <summary>Of each gradient Σ of the squared distances to its nearest others.</summary>
    internal static double[] Scores(IReadOnlyList<float[]> gradients, int near)
    {
        int count = gradients.Count;
        var distances = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 1; j < count; j++)
            {
                distances[i, j] = distances[j, i] = VectorKernels.SquaredDistance(gradients[i], gradients[j]);
            }
        }
        var scores = new double[count];
        for (int i = 0; i < count; i++)
        {
            var others = Enumerable.Range(0, count).Where(j => j != i).Select(j => distances[i, j]).Order().Take(near);
            foreach (double distance in others) scores[i] += distance;
        }
        return scores;
    }
}
