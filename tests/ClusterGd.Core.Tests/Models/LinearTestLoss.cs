using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Tests.Models;

/// <summary>½(output − target)², an output a target: derivatives that can be checked by hand.</summary>
internal sealed class LinearTestLoss : Loss
{
    public override TargetKind TargetKind => TargetKind.Number;

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        double sum = 0;
        for (int i = 0; i < outputs_BC.Length; i++)
        {
            float error = outputs_BC[i] - targets_BT[i];
            sum += 0.5 * error * error;
            derivatives_BC[i] = error;
        }
        return sum;
    }
}
