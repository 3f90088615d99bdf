using System.Collections.Immutable;

namespace ClusterGd.Core.Metrics;

/// <summary>
/// The area under the receiver operating characteristic, exact: the share of pairs in the right order.
/// </summary>
public static class AreaUnderCurve
{
    /// <summary>By the weights of the rows where they have any.</summary>
    public static double Of(MetricSums sums) => sums.NegativeWeights.IsEmpty && sums.PositiveWeights.IsEmpty
        ? Of(sums.NegativeScores, sums.PositiveScores)
        : Of(Pairs(sums.NegativeScores, sums.NegativeWeights), Pairs(sums.PositiveScores, sums.PositiveWeights));

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

    /// <summary>
    /// The same where a pair counts by the product of its weights. Equal scores are taken by their weights, so that the
    /// sums do not depend on the order of the rows.
    /// </summary>
    private static double Of((float Score, float Weight)[] negative, (float Score, float Weight)[] positive)
    {
        double below = 0, total = 0, above = 0;
        int less = 0, first = 0;
        double right = 0;
        while (first < positive.Length)
        {
            float score = positive[first].Score;
            while (less < negative.Length && negative[less].Score < score) below += negative[less++].Weight;
            double equal = 0, weight = 0;
            for (int i = less; i < negative.Length && negative[i].Score == score; i++) equal += negative[i].Weight;
            for (; first < positive.Length && positive[first].Score == score; first++) weight += positive[first].Weight;
            right += weight * (below + equal / 2);
            above += weight;
        }
        foreach (var (_, weight) in negative) total += weight;
        return total > 0 && above > 0 ? right / (total * above) : double.NaN;
    }

    private static (float Score, float Weight)[] Pairs(ImmutableArray<float> scores, ImmutableArray<float> weights)
    {
        (float Score, float Weight)[] pairs = [.. scores.Zip(weights)];
        Array.Sort(pairs);
        return pairs;
    }
}
