using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>
/// Stops when the loss over the measured rows is more than so many per cent above its best. The parameters of that best
/// are the run's result, however the run ends (Prechelt, "Early stopping — but when?", 1998, GL_α).
/// </summary>
public sealed class GeneralizationLoss(double alphaPercent, MeasuredRows rows = MeasuredRows.Auto)
    : MetricCriterion(rows)
{
    private double _best = double.PositiveInfinity;

    public override string Metric => "loss";

    public override bool KeepsBest => true;

    public override Verdict Check(Evaluation evaluation)
    {
        double loss = evaluation.MetricOf(Metric, Rows);
        bool isBest = loss < _best;
        if (isBest) _best = loss;
        // By the magnitude of the best: Poisson's loss may be negative. NaN is above nothing.
        double percent = 100 * (loss - _best) / Math.Abs(_best);
        return percent > alphaPercent
            ? new Verdict(
                string.Create(CultureInfo.InvariantCulture,
                    $"generalizationLoss: the loss {loss:G6} is {percent:G3} % above its best {_best:G6}, ") +
                string.Create(CultureInfo.InvariantCulture,
                    $"more than {alphaPercent:G3} %"))
            : new Verdict(null, IsBest: isBest);
    }
}
