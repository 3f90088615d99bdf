namespace ClusterGd.Core.Data;

/// <summary>
/// Training or test rows, all of them in memory, with their targets. Immutable once built, so it may be shared by
/// every worker of a process.
/// </summary>
public abstract class Rows(int count, int featureCount, float[] targets, int targetCount, float[] weights)
{
    /// <summary>Number of rows.</summary>
    public int Count { get; } = count;

    /// <summary>Number of features of a row: the width of the space, not of what is stored.</summary>
    public int FeatureCount { get; } = featureCount;

    /// <summary>Targets of a row: 0 without labels, 1 as a rule, more for multi-target regression.</summary>
    public int TargetCount { get; } = targetCount;

    /// <summary>
    /// Row-major, <see cref="Count"/> × <see cref="TargetCount"/>. A class is its index (0, 1, …) as a float.
    /// </summary>
    public ReadOnlySpan<float> Targets => targets;

    /// <summary>Targets of one row; empty without labels.</summary>
    public ReadOnlySpan<float> TargetsOf(int row) => targets.AsSpan(row * TargetCount, TargetCount);

    /// <summary>
    /// What the loss of each row is multiplied by, with mean 1 over the whole set; empty where all rows weigh the same.
    /// </summary>
    public ReadOnlySpan<float> Weights => weights;

    /// <summary>The weights of rows first … first+count-1; empty where all rows weigh the same.</summary>
    public ReadOnlySpan<float> WeightsOf(int first, int count) =>
        weights.Length == 0 ? default : weights.AsSpan(first, count);

    /// <summary>The same rows, not copied, with these weights, which are given away.</summary>
    public abstract Rows Weighted(float[] weights);

    /// <summary>Stored numbers, the padding of dense rows not counted.</summary>
    public abstract long StoredCount { get; }

    /// <summary>Writes one row as a dense vector of <see cref="FeatureCount"/> floats.</summary>
    public abstract void CopyRow(int row, Span<float> destination);

    /// <summary>The array behind <see cref="Targets"/>, for rows that share it.</summary>
    protected float[] TargetArray => targets;

    protected static void RequireOneEach(float[] weights, int count)
    {
        if (weights.Length == count || weights.Length == 0) return;
        throw new ArgumentException($"{weights.Length} weights are not one for each of {count} rows.");
    }
}
