using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops when a metric has not improved for some evaluations, and restores the parameters of its best.</summary>
public sealed class Plateau(string metric, double minDelta, int patience) : StopCriterion
{
    private double _best = double.NaN;
    private long _bestStep;
    private int _stalled;

    public override EvaluationNeeds Needs => EvaluationNeeds.Metrics;

    public override Verdict Check(Evaluation evaluation)
    {
        double value = evaluation.Metrics.GetValueOrDefault(metric, double.NaN);
        double sign = Metrics.Metrics.IsHigherBetter(metric) ? 1 : -1;
        bool isBest = double.IsNaN(_best) ? !double.IsNaN(value) : sign * (value - _best) > minDelta;
        _stalled = isBest ? 0 : _stalled + 1;
        if (isBest) (_best, _bestStep) = (value, evaluation.Step);
        return _stalled < patience
            ? new Verdict(null, IsBest: isBest)
            : new Verdict(
                string.Create(CultureInfo.InvariantCulture,
                    $"plateau: {metric} has not improved on {_best:G6} of step {_bestStep} by {minDelta:G4} in {patience} evaluations; those parameters are restored"),
                RestoresBest: !double.IsNaN(_best));
    }
}
