namespace ClusterGd.Core.Optimizers;

/// <summary>1 throughout.</summary>
public sealed class ConstantSchedule : Schedule
{
    public override double Factor(long step, int stepsPerEpoch, long stepsTotal) => 1;
}
