using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// Half a cosine from 1 to the floor over the whole run (Loshchilov and Hutter 2017, without restarts):
/// floor + (1 − floor)·(1 + cos(π·step / stepsTotal)) / 2.
/// </summary>
public sealed class CosineSchedule(double floor) : Schedule
{
    public override double Factor(long step, int stepsPerEpoch, long stepsTotal) => step >= stepsTotal
        ? floor
        : floor + (1 - floor) * (1 + Transcendental.Cos(Math.PI * step / stepsTotal)) / 2;
}
