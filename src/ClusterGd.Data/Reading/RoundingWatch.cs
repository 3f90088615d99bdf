namespace ClusterGd.Data.Reading;

/// <summary>
/// Notices distinct numbers that became one float. It remembers as many of them as it has places for, one a place, so
/// that memory stays small: what merges all over a column is noticed for certain, a single pair of a long one may not
/// be.
/// </summary>
/// <param name="places">A power of two.</param>
internal sealed class RoundingWatch(int places)
{
    private double[]? _seen;

    /// <summary>The pair that differs most, and whether both are whole numbers; zeros for none.</summary>
    public (double A, double B, bool AreWhole) Merged { get; private set; }

    public bool HasMerged => Merged.A != Merged.B;

    /// <summary>Whether there has been a number that is no float: before, nothing can merge.</summary>
    public bool IsOn => _seen is not null;

    /// <param name="floats">The numbers so far, all of which are floats.</param>
    public void Start(ReadOnlySpan<float> floats)
    {
        _seen = new double[places];
        Array.Fill(_seen, double.NaN);
        foreach (float x in floats) Add(x, x);
    }

    public void Add(double value, float rounded)
    {
        // Neighbouring floats differ in their last bits: mixed well, they fall into different places.
        uint hash = BitConverter.SingleToUInt32Bits(rounded) * 2_654_435_769;
        ref double seen = ref _seen![(hash >> 7) & (uint)(places - 1)];
        if ((float)seen == rounded && seen != value) Take(seen, value);
        else seen = value;
    }

    private void Take(double a, double b)
    {
        bool areWhole = Math.Floor(a) == a && Math.Floor(b) == b;
        if (Math.Abs(a - b) > Math.Abs(Merged.A - Merged.B)) Merged = (a, b, areWhole || Merged.AreWhole);
    }
}
