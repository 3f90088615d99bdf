using System.Runtime.Intrinsics;
using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// Squared near the target, linear beyond (Huber 1964). With d = o − t: ½d² where |d| ≤ δ, else δ(|d| − δ/2);
/// derivative d clipped to ±δ. There is no kink: both pieces have slope ±δ where they meet.
/// </summary>
/// <param name="delta">δ &gt; 0, in units of the target.</param>
public sealed class HuberLoss(float delta) : ElementLoss
{
    public override TargetKind TargetKind => TargetKind.Number;

    protected override Vector512<float> Evaluate(
        Vector512<float> outputs, Vector512<float> targets, out Vector512<float> derivatives)
    {
        // c·(d − c/2) with c = clip(d) is both pieces at once.
        var difference = outputs - targets;
        derivatives = Vector512.Min(Vector512.Max(difference, Vector512.Create(-delta)), Vector512.Create(delta));
        return derivatives * Vector512.FusedMultiplyAdd(Vector512.Create(-0.5f), derivatives, difference);
    }
}
