using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Optimizers;

/// <summary>Falls by a factor at the end of every so many epochs: factor^⌊epoch / everyEpochs⌋.</summary>
public sealed class StepSchedule(int everyEpochs, double factor) : Schedule
{
    public override double Factor(long step, int stepsPerEpoch, long stepsTotal) =>
        Transcendental.Power(factor, step / ((long)everyEpochs * stepsPerEpoch));
}
