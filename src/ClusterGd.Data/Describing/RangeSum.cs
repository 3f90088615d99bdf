namespace ClusterGd.Data.Describing;

/// <summary>Smallest, largest and mean of some numbers, one after the other.</summary>
internal struct RangeSum()
{
    private double _min = double.PositiveInfinity, _max = double.NegativeInfinity, _sum;

    public long Count { get; private set; }

    public readonly double? Min => Count == 0 ? null : _min;

    public readonly double? Max => Count == 0 ? null : _max;

    public readonly double? Mean => Count == 0 ? null : _sum / Count;

    public void Add(double value)
    {
        _min = Math.Min(_min, value);
        _max = Math.Max(_max, value);
        _sum += value;
        Count++;
    }

    /// <summary>The zeros that a sparse file leaves out.</summary>
    public void AddZeros(long count)
    {
        if (count == 0) return;
        Add(0);
        Count += count - 1;
    }
}
