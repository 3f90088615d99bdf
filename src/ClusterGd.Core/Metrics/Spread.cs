namespace ClusterGd.Core.Metrics;

/// <summary>Mean and sample standard deviation (n − 1) of some numbers; no deviation (NaN) of one alone.</summary>
public readonly record struct Spread(double Mean, double Deviation)
{
    /// <param name="values">At least one.</param>
    public static Spread Of(ReadOnlySpan<double> values)
    {
        double sum = 0, squares = 0;
        foreach (double value in values) sum += value;
        double mean = sum / values.Length;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        return new Spread(mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : double.NaN);
    }
}
