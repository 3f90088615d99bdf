using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// The numbers of one column; NaN where missing. They take the memory of floats until one of them needs a double.
/// </summary>
/// <param name="keepsDoubles">
/// Whether what a float rounds off matters: where a mean is subtracted, small differences may be all there is.
/// </param>
/// <param name="watched">See <see cref="RoundingWatch"/>.</param>
internal sealed class NumberColumn(bool keepsDoubles, int watched)
{
    private readonly Growable<float> _floats = new();
    private Growable<double>? _doubles;

    /// <summary>What became equal as floats; nothing where doubles are kept.</summary>
    public RoundingWatch Rounding { get; } = new(watched);

    public int Count => _doubles?.Count ?? _floats.Count;

    public double this[int row] => _doubles is null ? _floats[row] : _doubles[row];

    /// <param name="rounded">The float nearest to the number.</param>
    public void Add(double value, float rounded)
    {
        if (_doubles is not null)
        {
            _doubles.Add(value);
            return;
        }
        bool isExact = rounded == value || double.IsNaN(value);
        if (keepsDoubles && !isExact)
        {
            BecomeDoubles();
            _doubles!.Add(value);
            return;
        }
        if (!isExact && !Rounding.IsOn) Rounding.Start(_floats.Span);
        if (Rounding.IsOn) Rounding.Add(value, rounded);
        _floats.Add(rounded);
    }

    public void AddMissing() => Add(double.NaN, float.NaN);

    public void RemoveLast()
    {
        if (_doubles is null) _floats.Count--;
        else _doubles.Count--;
    }

    /// <summary>Largest minus smallest number; 0 for none.</summary>
    public double Range()
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        for (int row = 0; row < Count; row++)
        {
            double x = this[row];
            if (double.IsNaN(x)) continue;
            min = Math.Min(min, x);
            max = Math.Max(max, x);
        }
        return max >= min ? max - min : 0;
    }

    private void BecomeDoubles()
    {
        _doubles = new Growable<double>(Math.Max(64, _floats.Count + 1));
        foreach (float x in _floats.Span) _doubles.Add(x);
        _floats.Take();
    }
}
