namespace ClusterGd.Data.Reading;

/// <summary>Mean and deviation for standardising, in a fixed order and two passes.</summary>
internal static class Moments
{
    /// <returns>The mean and the population deviation, which is 1 for a constant.</returns>
    public static (double Mean, double Deviation) Of(int count, Func<int, double> value)
    {
        double sum = 0, min = double.PositiveInfinity, max = double.NegativeInfinity;
        for (int i = 0; i < count; i++)
        {
            double x = value(i);
            sum += x;
            min = Math.Min(min, x);
            max = Math.Max(max, x);
        }
        // The mean of a constant may be off by a rounding, which a deviation as small would blow up.
        if (min == max) return (min, 1);
        double mean = sum / count, squares = 0;
        for (int i = 0; i < count; i++)
        {
            double difference = value(i) - mean;
            squares += difference * difference;
        }
        double deviation = Math.Sqrt(squares / count);
        return (mean, deviation > 0 ? deviation : 1);
    }
}
