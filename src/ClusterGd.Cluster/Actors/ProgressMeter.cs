using System.Diagnostics;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// Turns the versions that pass by into progress a few times a second. For people only: nothing depends on it.
/// </summary>
internal sealed class ProgressMeter(RunContext context)
{
    private const double IntervalSeconds = 0.2;
    private readonly TrainingPlan _plan = context.Plan;
    private long _start, _lastReport, _lastStep, _firstStep;

    public void Advanced(long step, double loss)
    {
        long now = Stopwatch.GetTimestamp();
        if (_start == 0)
        {
            _start = _lastReport = _lastStep = now;
            _firstStep = step;
        }
        var stepTime = Stopwatch.GetElapsedTime(_lastStep, now);
        _lastStep = now;
        if (stepTime > context.LongestStep) context.LongestStep = stepTime;
        if (Stopwatch.GetElapsedTime(_lastReport, now).TotalSeconds < IntervalSeconds || step <= _firstStep) return;
        _lastReport = now;
        var elapsed = Stopwatch.GetElapsedTime(_start, now);
        double rows = (double)(step - _firstStep) * _plan.Shards.RowCount / _plan.Shards.StepsPerEpoch;
        context.Report(new Progress(
            step, _plan.StepsTotal, _plan.Shards.EpochOf(step), _plan.Job.Training.Epochs, loss,
            rows / elapsed.TotalSeconds, elapsed, _firstStep));
    }
}
