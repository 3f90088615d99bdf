using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>One row whose indices are hashed into buckets; values that meet in one add up, in the order of the
/// file.</summary>
internal sealed class HashedRow(int buckets)
{
    private readonly List<(int Bucket, int Position, float Value)> _entries = [];

    public void Add(ulong index, float value) =>
        _entries.Add((FeatureHash.Bucket(index, buckets), _entries.Count, value));

    public void Clear() => _entries.Clear();

    /// <summary>Appends the row with its buckets ascending, and is empty then.</summary>
    public void MoveTo(Growable<int> columns, Growable<float> values)
    {
        _entries.Sort((a, b) => a.Bucket != b.Bucket ? a.Bucket.CompareTo(b.Bucket) : a.Position.CompareTo(b.Position));
        int first = columns.Count;
        foreach (var (bucket, _, value) in _entries)
        {
            bool isSame = columns.Count > first && columns[columns.Count - 1] == bucket;
            float sum = value;
            // Two numbers near the largest may add up to an infinity, which no row may hold.
            if (isSame) sum = Math.Clamp(values[--values.Count] + value, float.MinValue, float.MaxValue);
            else columns.Add(bucket);
            values.Add(sum);
        }
        _entries.Clear();
    }
}
