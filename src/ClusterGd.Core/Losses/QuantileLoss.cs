using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Pinball loss (Koenker and Bassett 1978), least at the target's conditional quantile. With d = t − o:
/// max(q·d, (q − 1)·d); derivative −q where d &gt; 0, 1 − q where d &lt; 0, and 0 at the kink d = 0.
/// </summary>
/// <param name="quantile">q in (0, 1); 0.5 is half the absolute error.</param>
public sealed class QuantileLoss(float quantile) : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.Number;

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        var d = targets - outputs;
        var below = Vector512.Create(quantile);
        var above = Vector512.Create(quantile - 1);
        // What is neither above nor below is 0 or NaN, and stays what it is.
        derivatives = Vector512.ConditionalSelect(
            Vector512.GreaterThan(d, Vector512<float>.Zero), -below,
            Vector512.ConditionalSelect(Vector512.LessThan(d, Vector512<float>.Zero), -above, d));
        return Vector512.Max(below * d, above * d);
    }
}
