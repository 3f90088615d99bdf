using ClusterGd.Core.Options;

namespace ClusterGd.Core.Optimizers;

/// <summary>
/// The learning rate of every update of a run: base rate, linear warm-up, then the schedule. Immutable.
/// </summary>
public sealed class LearningRates
{
    private readonly double _base;
    private readonly int _warmupSteps;
    private readonly Schedule _schedule;
    private readonly int _stepsPerEpoch;
    private readonly long _stepsTotal;

    /// <param name="rate">The base.</param>
    /// <param name="warmupSteps">≥ 0.</param>
    /// <param name="schedule">One of <see cref="Schedules.All"/>.</param>
    /// <param name="stepsPerEpoch">≥ 1.</param>
    /// <param name="stepsTotal">Updates of the whole run with its warm-up, if nothing stops it early.</param>
    public LearningRates(double rate, int warmupSteps, Component schedule, int stepsPerEpoch, long stepsTotal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsPerEpoch, 1);
        _base = rate;
        _warmupSteps = warmupSteps;
        _schedule = schedule.Create(Schedules.All);
        _stepsPerEpoch = stepsPerEpoch;
        _stepsTotal = stepsTotal;
    }

    /// <summary>
    /// The rate of one update: base·step/n in a warm-up of n steps, base·factor after it, with the schedule's time
    /// beginning where the warm-up ends.
    /// </summary>
    /// <param name="step">1 for the first update, as in <see cref="UpdateStep.Step"/>.</param>
    public float At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        double factor = step <= _warmupSteps
            ? (double)step / _warmupSteps
            : _schedule.Factor(step - 1 - _warmupSteps, _stepsPerEpoch, _stepsTotal - _warmupSteps);
        return (float)(_base * factor);
    }
}
