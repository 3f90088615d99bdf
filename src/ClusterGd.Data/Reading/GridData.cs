using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Rows of numbers without gaps, from an IDX file: as bytes where the file has bytes, since those take a quarter of
/// the memory until they are encoded.
/// </summary>
/// <param name="first">How many records of the file come before these.</param>
internal sealed class GridData(
    string path, RawTargets targets, int count, int features, byte[]? bytes, float[]? floats, double[]? doubles,
    long first = 0)
    : RawData(path, targets)
{
    public int Features { get; } = features;

    public override int Count { get; } = count;

    public override long LineOf(int row) => first + row + 1;

    public double ValueAt(int row, int feature)
    {
        long at = (long)row * Features + feature;
        return bytes is not null ? bytes[at] : doubles is not null ? doubles[at] : floats![at];
    }

    public override DataEncoding Fit(DataSource source, int[]? rows)
    {
        var encoding = new DataEncoding
        {
            Format = DataFormat.Idx,
            Schema = SchemaOf(Features, []),
            IsSparse = false,
            Scale = source.Scale,
        };
        if (!source.Standardize) return encoding;
        var means = ImmutableArray.CreateBuilder<double>(Features);
        var deviations = ImmutableArray.CreateBuilder<double>(Features);
        for (int feature = 0; feature < Features; feature++)
        {
            int f = feature;
            var (mean, deviation) = Moments.Of(
                rows?.Length ?? Count, i => ValueAt(rows is null ? i : rows[i], f) / source.Scale);
            means.Add(mean);
            deviations.Add(deviation);
        }
        return encoding with { Means = means.MoveToImmutable(), Deviations = deviations.MoveToImmutable() };
    }

    public override Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes)
    {
        if (Features != encoding.Schema.FeatureCount)
        {
            throw new InputException(
                $"{Path}: {Sizes.Text(Features)} values a row, but the training rows have " +
                $"{Sizes.Text(encoding.Schema.FeatureCount)}: give it rows of the same size.");
        }
        int rowCount = rows?.Length ?? Count, stride = DenseRows.StrideOf(Features);
        var dense = Sizes.DenseValues(Path, rowCount, Features);
        var memory = dense.Memory;
        var ofByte = Enumerable.Range(0, 256).Select(b => (float)(b / encoding.Scale)).ToArray();
        // Rows are independent, so the number of threads changes no bit.
        Parallel.For(0, rowCount, i =>
        {
            int row = rows is null ? i : rows[i];
            var destination = memory.Span.Slice(i * stride, Features);
            long at = (long)row * Features;
            if (bytes is null)
            {
                for (int f = 0; f < Features; f++) destination[f] = (float)(ValueAt(row, f) / encoding.Scale);
            }
            else
            {
                for (int f = 0; f < Features; f++) destination[f] = ofByte[bytes[at + f]];
            }
            if (!encoding.Means.IsEmpty) Standardize(encoding, row, destination);
        });
        return new DenseRows(rowCount, Features, dense, targets, targets.Length > 0 ? encoding.Schema.TargetCount : 0);
    }

    private void Standardize(DataEncoding encoding, int row, Span<float> destination)
    {
        double[] means = ImmutableCollectionsMarshal.AsArray(encoding.Means)!;
        double[] deviations = ImmutableCollectionsMarshal.AsArray(encoding.Deviations)!;
        for (int f = 0; f < Features; f++)
        {
            destination[f] = (float)((ValueAt(row, f) / encoding.Scale - means[f]) / deviations[f]);
        }
    }
}
