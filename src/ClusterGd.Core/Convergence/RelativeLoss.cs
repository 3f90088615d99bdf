using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>
/// Stops when the loss has improved on its best by less than a fraction for some evaluations in a row.
/// </summary>
public sealed class RelativeLoss(double tolerance, int patience, bool isFull) : StopCriterion
{
    private double _best = double.PositiveInfinity;
    private int _stalled;

    public override EvaluationNeeds Needs => isFull ? EvaluationNeeds.FullLoss : EvaluationNeeds.None;

    public override Verdict Check(Evaluation evaluation)
    {
        double loss = evaluation.TrainLoss;
        double improvement = (_best - loss) / Math.Max(Math.Abs(_best), 1e-12);
        _stalled = double.IsFinite(_best) && improvement < tolerance ? _stalled + 1 : 0;
        if (loss < _best) _best = loss;
        return _stalled < patience ? default : new Verdict(string.Create(CultureInfo.InvariantCulture,
            $"relativeLoss: the loss improved by less than {tolerance:G4} of {_best:G9} in {patience} evaluations"));
    }
}
