using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>What a slice adds up between two evaluations.</summary>
public struct SliceStatistics
{
    public double LossSum { get; set; }

    public double NoiseSum { get; set; }

    public double StepSquaredNormSum { get; set; }

    public long RowCount { get; set; }

    public long LeafCount { get; set; }

    public long StepCount { get; set; }

    /// <summary>See <see cref="CountDigest"/>.</summary>
    public ulong Digest { get; set; }

    /// <summary>Counts one step.</summary>
    public void Add(GradientSum root)
    {
        LossSum += root.LossSum;
        RowCount += root.Count;
        NoiseSum += root.NoiseSum;
        LeafCount += root.LeafCount;
        Digest = CountDigest.Add(Digest, root.Digest);
        StepCount++;
    }
}
