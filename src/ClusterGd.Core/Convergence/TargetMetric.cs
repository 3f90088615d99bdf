using System.Globalization;

namespace ClusterGd.Core.Convergence;

/// <summary>Stops when a metric has reached a value.</summary>
public sealed class TargetMetric(string metric, double value, MeasuredRows rows = MeasuredRows.Auto)
    : MetricCriterion(rows)
{
    public override string Metric => metric;

    public override Verdict Check(Evaluation evaluation)
    {
        double reached = evaluation.MetricOf(metric, Rows);
        bool isThere = Metrics.Metrics.IsHigherBetter(metric) ? reached >= value : reached <= value;
        return isThere
            ? new Verdict(string.Create(
                CultureInfo.InvariantCulture, $"targetMetric: {metric} is {reached:G6}, the target was {value:G6}"))
            : default;
    }
}
