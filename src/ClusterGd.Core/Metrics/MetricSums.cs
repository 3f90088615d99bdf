using System.Collections.Immutable;

namespace ClusterGd.Core.Metrics;

/// <summary>
/// What some rows add to the metrics of an evaluation. The sums are exact, so no metric depends on how the rows are cut
/// into shards and chunks, nor on the order of adding those up.
/// </summary>
public sealed record MetricSums
{
    public int Count { get; init; }

    /// <summary>Σ weight of the rows; nothing where all weigh the same. All sums below are weighted then.</summary>
    public ExactSum WeightSum { get; init; }

    /// <summary>What means are divided by: the weights of the rows, or their number.</summary>
    public double Weight => WeightSum.Parts.IsEmpty ? Count : WeightSum.Value;

    /// <summary>Σ loss, without penalties and class weights.</summary>
    public ExactSum LossSum { get; init; }

    /// <summary>Σ of the loss that is minimised, class weights included.</summary>
    public ExactSum ObjectiveSum { get; init; }

    /// <summary>The mean of the loss that is minimised: a row's weight has mean 1, so rows are counted.</summary>
    public double Objective => ObjectiveSum.Value / Count;

    /// <summary>Rows whose predicted class, or all of whose labels, are theirs.</summary>
    public int CorrectCount { get; init; }

    /// <summary>The same by weight; nothing where all rows weigh the same.</summary>
    public ExactSum CorrectWeightSum { get; init; }

    public double Correct => WeightSum.Parts.IsEmpty ? CorrectCount : CorrectWeightSum.Value;

    /// <summary>Σ over the rows of their labels that are predicted right, of several labels a row.</summary>
    public ExactSum CorrectLabelSum { get; init; }

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

    /// <summary>Weights of the rows behind those scores; empty where all rows weigh the same.</summary>
    public ImmutableArray<float> NegativeWeights { get; init; } = [];

    public ImmutableArray<float> PositiveWeights { get; init; } = [];

    /// <summary>Targets summed: rows × targets of a row.</summary>
    public int TargetCount { get; init; }

    /// <summary>What means over targets are divided by: those, each by the weight of its row.</summary>
    public double TargetWeight => WeightSum.Parts.IsEmpty ? TargetCount : WeightSum.Value * TargetCount / Count;

    /// <summary>left + right, the scores one after the other.</summary>
    public static MetricSums Add(MetricSums left, MetricSums right) => new()
    {
        Count = left.Count + right.Count,
        TargetCount = left.TargetCount + right.TargetCount,
        WeightSum = left.WeightSum + right.WeightSum,
        LossSum = left.LossSum + right.LossSum,
        ObjectiveSum = left.ObjectiveSum + right.ObjectiveSum,
        CorrectWeightSum = left.CorrectWeightSum + right.CorrectWeightSum,
        CorrectLabelSum = left.CorrectLabelSum + right.CorrectLabelSum,
        CorrectCount = left.CorrectCount + right.CorrectCount,
        LogLossSum = left.LogLossSum + right.LogLossSum,
        SquaredErrorSum = left.SquaredErrorSum + right.SquaredErrorSum,
        AbsoluteErrorSum = left.AbsoluteErrorSum + right.AbsoluteErrorSum,
        TargetSum = left.TargetSum + right.TargetSum,
        TargetSquareSum = left.TargetSquareSum + right.TargetSquareSum,
        NegativeScores = left.NegativeScores.AddRange(right.NegativeScores),
        PositiveScores = left.PositiveScores.AddRange(right.PositiveScores),
        NegativeWeights = left.NegativeWeights.AddRange(right.NegativeWeights),
        PositiveWeights = left.PositiveWeights.AddRange(right.PositiveWeights),
    };
}
