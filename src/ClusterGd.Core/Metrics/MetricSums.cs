using System.Collections.Immutable;

namespace ClusterGd.Core.Metrics;

/// <summary>
/// What some rows add to the metrics of an evaluation. The sums are exact, so no metric depends on how the rows are cut
/// into shards and chunks, nor on the order of adding those up.
/// </summary>
public sealed record MetricSums
{
    public int Count { get; init; }

    /// <summary>Σ loss, without penalties.</summary>
    public ExactSum LossSum { get; init; }

    /// <summary>Rows whose predicted class is theirs.</summary>
    public int CorrectCount { get; init; }

    /// <summary>Σ −log p of the true class.</summary>
    public ExactSum LogLossSum { get; init; }

    /// <summary>Σ (prediction − target)², and Σ |prediction − target|, over all targets of a row.</summary>
    public ExactSum SquaredErrorSum { get; init; }

    public ExactSum AbsoluteErrorSum { get; init; }

    /// <summary>Σ target and Σ target², for R².</summary>
    public ExactSum TargetSum { get; init; }

    public ExactSum TargetSquareSum { get; init; }

    /// <summary>Scores of the rows of class 0 and of class 1 of a binary problem; empty else.</summary>
    public ImmutableArray<float> NegativeScores { get; init; } = [];

    public ImmutableArray<float> PositiveScores { get; init; } = [];

    /// <summary>Targets summed: rows × targets of a row.</summary>
    public int TargetCount { get; init; }

    /// <summary>left + right, the scores one after the other.</summary>
    public static MetricSums Add(MetricSums left, MetricSums right) => new()
    {
        Count = left.Count + right.Count,
        TargetCount = left.TargetCount + right.TargetCount,
        LossSum = left.LossSum + right.LossSum,
        CorrectCount = left.CorrectCount + right.CorrectCount,
        LogLossSum = left.LogLossSum + right.LogLossSum,
        SquaredErrorSum = left.SquaredErrorSum + right.SquaredErrorSum,
        AbsoluteErrorSum = left.AbsoluteErrorSum + right.AbsoluteErrorSum,
        TargetSum = left.TargetSum + right.TargetSum,
        TargetSquareSum = left.TargetSquareSum + right.TargetSquareSum,
        NegativeScores = left.NegativeScores.AddRange(right.NegativeScores),
        PositiveScores = left.PositiveScores.AddRange(right.PositiveScores),
    };
}
