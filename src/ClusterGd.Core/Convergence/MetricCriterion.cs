using ClusterGd.Core.Options;

namespace ClusterGd.Core.Convergence;

/// <summary>A criterion on a metric over rows that the job chooses.</summary>
public abstract class MetricCriterion(MeasuredRows rows) : StopCriterion
{
    /// <summary>The key of such a criterion.</summary>
    internal static readonly Option RowsOption = Option.Text(
        "rows", "auto", "rows of the metric; auto: validation rows, else test rows, else training rows", "auto",
        "validation", "test", "train");

    public override MeasuredRows Rows => rows;

    public override EvaluationNeeds Needs =>
        rows == MeasuredRows.Train ? EvaluationNeeds.TrainMetrics : EvaluationNeeds.Metrics;

    internal static MeasuredRows RowsOf(OptionValues options) =>
        Enum.Parse<MeasuredRows>(options.Text(RowsOption.Name), ignoreCase: true);
}
