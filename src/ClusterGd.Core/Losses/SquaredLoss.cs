using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Half the squared error: ½(o − t)², derivative o − t. The mean of it is half the mean squared error, so the
/// objective of least squares carries the usual ½.
/// </summary>
public sealed class SquaredLoss : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.Number;

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        derivatives = outputs - targets;
        return Vector512.Create(0.5f) * derivatives * derivatives;
    }
}
