using System.Collections.Immutable;

namespace ClusterGd.Core.Metrics;

/// <summary>
/// The area under the receiver operating characteristic, exact: the share of pairs in the right order.
/// </summary>
public static class AreaUnderCurve
{
    /// <summary>
    /// Equal scores of a positive and a negative row count one half. NaN without rows of both classes.
    /// </summary>
    public static double Of(ImmutableArray<float> negative, ImmutableArray<float> positive)
    {
        if (negative.IsEmpty || positive.IsEmpty) return double.NaN;
        var below = negative.Sort();
        var above = positive.Sort();
        // Twice the count of pairs, in whole numbers, so that the order of adding does not matter.
        long twice = 0;
        int less = 0, lessOrEqual = 0;
        foreach (float score in above)
        {
            while (less < below.Length && below[less] < score) less++;
            lessOrEqual = Math.Max(lessOrEqual, less);
            while (lessOrEqual < below.Length && below[lessOrEqual] <= score) lessOrEqual++;
            twice += less + lessOrEqual;
        }
        return twice / 2.0 / ((double)negative.Length * positive.Length);
    }
}
