using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>
/// Stops when a metric has not improved for some evaluations. The parameters of its best are the run's result, however
/// the run ends. An evaluation at which the metric has no value (NaN) is passed over: it is no improvement and uses up
/// no patience.
/// </summary>
public sealed class Plateau(string metric, double minDelta, int patience, MeasuredRows rows = MeasuredRows.Auto)
    : MetricCriterion(rows)
{
    private double _best = double.NaN;
    private long _bestStep;
    private int _stalled;

    public override string Metric => metric;

    public override bool KeepsBest => true;

    public override Verdict Check(Evaluation evaluation)
    {
        double value = evaluation.MetricOf(metric, Rows);
        if (double.IsNaN(value)) return default;
        double sign = Metrics.Metrics.IsHigherBetter(metric) ? 1 : -1;
        bool isBest = double.IsNaN(_best) || sign * (value - _best) > minDelta;
        _stalled = isBest ? 0 : _stalled + 1;
        if (isBest) (_best, _bestStep) = (value, evaluation.Step);
        return _stalled < patience
            ? new Verdict(null, IsBest: isBest)
            : new Verdict(
                string.Create(CultureInfo.InvariantCulture,
                    $"plateau: {metric} has not improved on {_best:G6} of step {_bestStep} by {minDelta:G4} ") +
                string.Create(CultureInfo.InvariantCulture,
                    $"in {patience} evaluations"));
    }
}
