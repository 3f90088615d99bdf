using System.Collections.Immutable;

namespace ClusterGd.Core.Metrics;

/// <summary>
/// A sum of doubles without rounding, kept as a few numbers whose bits do not overlap (Shewchuk, "Adaptive precision
/// floating-point arithmetic", 1997). It does not depend on the order or the grouping of what was added; only
/// <see cref="Value"/> rounds, once. Immutable.
/// </summary>
/// <remarks>Exact while the sum fits a double: float32 losses and squares of them always do.</remarks>
public readonly struct ExactSum
{
    private readonly ImmutableArray<double> _parts;

    /// <param name="parts">As <see cref="Parts"/> gives them.</param>
    public ExactSum(ImmutableArray<double> parts) => _parts = parts;

    /// <summary>
    /// Numbers that add up to the sum, of growing magnitude; empty for zero. Their bits may depend on the order of
    /// adding, their sum does not.
    /// </summary>
    public ImmutableArray<double> Parts => _parts.IsDefault ? [] : _parts;

    /// <summary>The double nearest to the sum; NaN or an infinity where one was added.</summary>
    public double Value
    {
        get
        {
            var parts = Parts.AsSpan();
            if (parts.IsEmpty) return 0;
            double high = parts[^1], low = 0;
            int i = parts.Length - 1;
            while (i > 0 && low == 0)
            {
                double before = high, part = parts[--i];
                high = before + part;
                low = part - (high - before);
            }
            // Half way between two doubles, what is left decides: else the sum would be rounded twice.
            if (i == 0 || low == 0 || low < 0 != parts[i - 1] < 0) return high;
            double twice = 2 * low, other = high + twice;
            return other - high == twice ? other : high;
        }
    }

    public static ExactSum operator +(ExactSum left, ExactSum right)
    {
        var sum = new Builder();
        foreach (double part in left.Parts) sum.Add(part);
        foreach (double part in right.Parts) sum.Add(part);
        return sum.ToSum();
    }

    /// <summary>Adds up one number after the other. One thread at a time.</summary>
    public sealed class Builder
    {
        private double[] _parts = new double[8];
        private int _count;
        private double _notFinite;

        public void Add(double x)
        {
            if (!double.IsFinite(x))
            {
                _notFinite += x;
                return;
            }
            int kept = 0;
            for (int i = 0; i < _count; i++)
            {
                double part = _parts[i];
                bool isLarger = Math.Abs(x) >= Math.Abs(part);
                double large = isLarger ? x : part, small = isLarger ? part : x;
                x = large + small;
                double rest = small - (x - large);
                if (rest != 0) _parts[kept++] = rest;
            }
            if (kept == _parts.Length) Array.Resize(ref _parts, 2 * kept);
            if (x != 0) _parts[kept++] = x;
            _count = kept;
        }

        public ExactSum ToSum() =>
            new(_notFinite != 0 ? [_notFinite] : [.. _parts.AsSpan(0, _count)]);
    }
}
