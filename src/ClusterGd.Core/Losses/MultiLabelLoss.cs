using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Several labels a row: one logistic regression a label, side by side. The loss of a row is the sum of
/// <see cref="LogisticLoss"/> over its labels, so each label's parameters are those that it would have alone.
/// </summary>
public sealed class MultiLabelLoss : Loss
{
    private readonly LogisticLoss _logistic = new();

    public override TargetKind TargetKind => TargetKind.Labels;

    public override bool IsLogLoss => true;

    /// <summary>The probability of each label.</summary>
    public override void ToPredictions(Span<float> outputs_BC, int outputCount) =>
        _logistic.ToPredictions(outputs_BC, outputCount);

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC) =>
        _logistic.Evaluate(outputs_BC, targets_BT, outputCount, derivatives_BC);
}
