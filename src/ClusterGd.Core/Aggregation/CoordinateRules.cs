namespace ClusterGd.Core.Aggregation;

/// <summary>
/// Median of each coordinate, the mean of the two middle ones where n is even (Yin et al. 2018, arXiv 1803.01498).
/// </summary>
public sealed class CoordinateMedian(int faulty) : RobustRule(faulty)
{
    public override string Requirement => "2·faulty + 1";

    public override int CountMin(int faulty) => 2 * faulty + 1;

    public override void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result) =>
        CoordinateKernel.TrimmedMean(gradients, (gradients.Count - 1) / 2, result);
}

/// <summary>
/// Mean of each coordinate without its f smallest and f largest (Yin et al. 2018, arXiv 1803.01498); the mean where
/// f = 0.
/// </summary>
public sealed class TrimmedMean(int faulty) : RobustRule(faulty)
{
    public override string Requirement => "2·faulty + 1";

    public override int CountMin(int faulty) => 2 * faulty + 1;

    public override void Aggregate(IReadOnlyList<float[]> gradients, int faulty, Span<float> result) =>
        CoordinateKernel.TrimmedMean(gradients, faulty, result);
}
