namespace ClusterGd.Core.Optimizers;

/// <summary>1 / (1 + decay · epochs), a little at every step: half the rate after 1/decay epochs.</summary>
public sealed class InverseTimeSchedule(double decay) : Schedule
{
    public override double Factor(long step, int stepsPerEpoch, long stepsTotal) =>
        1 / (1 + decay * step / stepsPerEpoch);
}
