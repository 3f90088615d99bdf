using System.Collections.Immutable;
using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Numbers and categories of a table to features, dense or sparse as the encoding has it.</summary>
internal sealed class TableEncoder
{
    private readonly TableData _data;
    private readonly DataEncoding _encoding;
    private readonly int[]? _rows;
    private readonly float[] _targets;
    private readonly ImmutableArray<ColumnEncoding> _used;
    private readonly int[][] _featureOfCode;
    private readonly long[] _unknown;
    private readonly int[] _buckets;
    private int _bucketCount;

    public TableEncoder(TableData data, DataEncoding encoding, int[]? rows, float[] targets)
    {
        _data = data;
        _encoding = encoding;
        _rows = rows;
        _targets = targets;
        _used = [.. encoding.Columns.Where(c => c.Role is ColumnRole.Number or ColumnRole.Category)];
        ColumnEncoding[] categories = [.. _used.Where(c => c.Role == ColumnRole.Category)];
        _featureOfCode = [.. categories.Select((c, i) => FeaturesOf(c, data.Categories[i].Values))];
        _unknown = new long[categories.Length];
        _buckets = new int[categories.Length];
    }

    public Rows Encode(List<string> notes)
    {
        var rows = _encoding.IsSparse ? EncodeSparse() : EncodeDense();
        AddNotes(notes);
        return rows;
    }

    private int Count => _rows?.Length ?? _data.Count;

    private int TargetCount => _targets.Length > 0 ? _encoding.Schema.TargetCount : 0;

    private Rows EncodeDense()
    {
        int features = _encoding.Schema.FeatureCount, stride = DenseRows.StrideOf(features);
        var dense = Sizes.DenseValues(_data.Path, Count, features);
        for (int i = 0; i < Count; i++)
        {
            var destination = dense.Span.Slice(i * stride, stride);
            Visit(i, (feature, value, row) => row[feature] += value, destination);
        }
        return new DenseRows(Count, features, dense, _targets, TargetCount);
    }

    private Rows EncodeSparse()
    {
        var starts = new int[Count + 1];
        var columns = new Growable<int>();
        var values = new Growable<float>();
        for (int i = 0; i < Count; i++)
        {
            int start = starts[i];
            Visit(i, (feature, value, _) =>
            {
                // Hashed categories that meet in a bucket add up.
                if (columns.Count > start && columns[columns.Count - 1] == feature) value += values[--values.Count];
                else columns.Add(feature);
                values.Add(value);
            }, default);
            starts[i + 1] = columns.Count;
        }
        return new SparseRows(
            Count, _encoding.Schema.FeatureCount, starts, columns.Take(), values.Take(), _targets, TargetCount);
    }

    private delegate void Sink(int feature, float value, Span<float> row);

    /// <summary>Gives the features of a row to <paramref name="sink"/>, ascending.</summary>
    private void Visit(int i, Sink sink, Span<float> destination)
    {
        int row = _rows is null ? i : _rows[i];
        int number = 0, code = row * _data.CategoryColumns.Length, category = 0;
        _bucketCount = 0;
        foreach (var column in _used)
        {
            if (column.Role == ColumnRole.Number)
            {
                sink(column.FirstFeature, Feature(column, _data.Numbers[number++][row]), destination);
                continue;
            }
            int feature = _featureOfCode[category][_data.Codes[code++]];
            if (feature < 0) _unknown[category]++;
            else if (column.FirstFeature < 0) _buckets[_bucketCount++] = feature;
            else sink(feature, 1, destination);
            category++;
        }
        Array.Sort(_buckets, 0, _bucketCount);
        for (int k = 0; k < _bucketCount; k++) sink(_buckets[k], 1, destination);
    }

    private float Feature(ColumnEncoding column, double raw)
    {
        double x = (double.IsNaN(raw) ? column.Fill!.Value : raw) / _encoding.Scale;
        if (!_encoding.Means.IsEmpty)
        {
            x = (x - _encoding.Means[column.FirstFeature]) / _encoding.Deviations[column.FirstFeature];
        }
        return (float)x;
    }

    /// <summary>The feature of each code of this file; -1 for a value that training did not see.</summary>
    private int[] FeaturesOf(ColumnEncoding column, List<string> values)
    {
        int firstBucket = _encoding.Schema.FeatureCount - _encoding.HashBuckets;
        var features = new int[values.Count];
        for (int code = 0; code < features.Length; code++)
        {
            if (column.FirstFeature < 0)
            {
                features[code] = firstBucket
                    + (int)(Hash($"{column.Name}={values[code]}") % (uint)_encoding.HashBuckets);
                continue;
            }
            int at = column.Vocabulary.BinarySearch(values[code], StringComparer.Ordinal);
            features[code] = at < 0 ? -1 : column.FirstFeature + at;
        }
        return features;
    }

    /// <summary>FNV-1a, 64 bits, of the UTF-8 bytes (Fowler, Noll, Vo), folded to 32.</summary>
    private static uint Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 1099511628211;
        return (uint)(hash ^ (hash >> 32));
    }

    private void AddNotes(List<string> notes)
    {
        for (int category = 0; category < _unknown.Length; category++)
        {
            long count = _unknown[category];
            if (count == 0) continue;
            notes.Add(
                $"{_data.Path}: {Sizes.Text(count)} {(count == 1 ? "row has a value" : "rows have values")} of " +
                $"'{_data.CategoryColumns[category].Name}' that no training row has, which count as no category.");
        }
    }
}
