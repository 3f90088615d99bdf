namespace ClusterGd.Core.Protocol;

/// <summary>Many numbers: their mean, and the median of the last few. Not thread-safe.</summary>
internal sealed class Samples
{
    private const int Max = 128;
    private readonly float[] _values = new float[Max], _sorted = new float[Max];
    private int _next, _kept;
    private double _sum;

    public int Count { get; private set; }

    /// <summary>0 where there are none.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>0 where there are none.</summary>
    public double Median
    {
        get
        {
            if (Count == 0) return 0;
            var sorted = _sorted.AsSpan(0, _kept);
            _values.AsSpan(0, _kept).CopyTo(sorted);
            sorted.Sort();
            return _kept % 2 == 1 ? sorted[_kept / 2] : ((double)sorted[_kept / 2 - 1] + sorted[_kept / 2]) / 2;
        }
    }

    public void Add(double value)
    {
        _values[_next] = (float)value;
        _next = (_next + 1) % Max;
        _kept = Math.Min(_kept + 1, Max);
        _sum += value;
        Count++;
    }

    public void Clear() => (Count, _kept, _next, _sum) = (0, 0, 0, 0);
}
