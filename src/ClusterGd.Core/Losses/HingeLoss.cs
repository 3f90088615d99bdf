using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Linear support vector machine on classes 0 and 1. With y = 2t − 1 and the margin m = y·o: max(0, 1 − m);
/// derivative −y where m &lt; 1, else 0, also at the kink m = 1.
/// </summary>
public sealed class HingeLoss : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.BinaryClass;

    public override int OutputCount(DataSchema schema) => 1;

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        var sign = Vector512.FusedMultiplyAdd(Vector512.Create(2f), targets, -Vector512<float>.One);
        var slack = Vector512.FusedMultiplyAdd(-sign, outputs, Vector512<float>.One);
        // Where the slack is not positive the loss is 0 or NaN, and so is the derivative.
        var losses = Vector512.Max(slack, Vector512<float>.Zero);
        derivatives = Vector512.ConditionalSelect(Vector512.GreaterThan(slack, Vector512<float>.Zero), -sign, losses);
        return losses;
    }
}
