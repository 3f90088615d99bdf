using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Falls by a factor an epoch, a little at every step: factor^(step / stepsPerEpoch). At the first step of an epoch
/// it is what a schedule that moves once an epoch gives.
/// </summary>
public sealed class ExponentialSchedule(double factor) : Schedule
{
    private readonly double _log = Transcendental.Log(factor);

    public override double Factor(long step, int stepsPerEpoch, long stepsTotal) =>
        Transcendental.Exp(_log * step / stepsPerEpoch);
}
