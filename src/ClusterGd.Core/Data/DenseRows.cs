namespace ClusterGd.Core.Data;

/// <summary>
/// Rows stored as vectors of <see cref="Stride"/> floats: the features and zeros up to a multiple of 16, so that a
/// kernel needs no tail. The zeros change no sum, since fma(0, x, s) = s for finite x.
/// </summary>
public sealed class DenseRows : Rows
{
    private readonly AlignedFloats _values;

    /// <param name="values">Row-major with <see cref="StrideOf"/> floats a row, padding zero; given away.</param>
    /// <param name="targets">Row-major, count × targetCount; given away.</param>
    /// <param name="weights">One a row; null where all weigh the same. Given away.</param>
    public DenseRows(
        int count, int featureCount, AlignedFloats values, float[] targets, int targetCount = 1,
        float[]? weights = null)
        : base(count, featureCount, targets, targetCount, weights ?? [])
    {
        RequireOneEach(weights ?? [], count);
        Stride = StrideOf(featureCount);
        if (values.Length < (long)count * Stride || targets.Length != (long)count * targetCount)
        {
            throw new ArgumentException(
                $"{values.Length} values and {targets.Length} targets do not make {count} rows of {featureCount} " +
                $"features (stride {Stride}) and {targetCount} targets.");
        }
        _values = values;
    }

    /// <summary>Floats from one row to the next: <c>FeatureCount</c> rounded up to a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>All rows, <see cref="Stride"/> floats each.</summary>
    public ReadOnlySpan<float> Values => _values.Span;

    public override long StoredCount => (long)Count * FeatureCount;

    public static int StrideOf(int featureCount) => (featureCount + 15) / 16 * 16;

    /// <summary>One row with its padding: <see cref="Stride"/> floats.</summary>
    public ReadOnlySpan<float> Row(int row) => _values.Span.Slice(row * Stride, Stride);

    public override Rows Weighted(float[] weights) =>
        new DenseRows(Count, FeatureCount, _values, TargetArray, TargetCount, weights);

    public override void CopyRow(int row, Span<float> destination) => Row(row)[..FeatureCount].CopyTo(destination);
}
