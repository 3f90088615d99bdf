using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Convergence;

/// <summary>Every stop criterion a job may name: add a class and a row here, and nothing else.</summary>
public static class StopCriteria
{
    public static readonly ImmutableArray<Kind<StopCriterion>> All =
    [
        new("relativeLoss", "The training loss has stopped improving.",
            [
                Option.Above("tolerance", 1e-4, 0, "least improvement, as a fraction of the best loss"),
                Option.Integer("patience", 5, 1, 1e6, "evaluations in a row without it"),
                Option.Flag("full", false, "measure the loss over all training rows at every evaluation"),
            ],
            o => new RelativeLoss(o.Number("tolerance"), o.Integer("patience"), o.Flag("full"))),
        new("parameterChange", "The parameters hardly move any more.",
            [Option.Above("tolerance", 1e-4, 0, "‖Δw‖ since the last evaluation over max(‖w‖, 1)")],
            o => new ParameterChange(o.Number("tolerance"))),
        new("gradientNorm", "The gradient over all training rows is nearly zero.",
            [
                Option.Above("tolerance", 1e-4, 0, "largest norm"),
                Option.Text("norm", "l2", "which norm", "l2", "max"),
            ],
            o => new GradientNorm(o.Number("tolerance"), o.Text("norm") == "max")),
        new("gradientNoise", "The steps' gradients are no longer than their noise.",
            [Option.Above("factor", 1, 0, "times the noise S/B")],
            o => new NoiseFloor(o.Number("factor"))),
        new("plateau", "A metric has stopped improving; the parameters of its best are the result.",
            [
                Option.Text("metric", "loss", "which metric", Metrics.Metrics.Names),
                Option.Number("minDelta", 0, 0, double.PositiveInfinity, "least improvement"),
                Option.Integer("patience", 5, 1, 1e6, "evaluations in a row without it"),
                MetricCriterion.RowsOption,
            ],
            o => new Plateau(
                o.Text("metric"), o.Number("minDelta"), o.Integer("patience"), MetricCriterion.RowsOf(o))),
        new("generalizationLoss", "The loss has risen above its best, whose parameters are the result.",
            [Option.Above("alpha", 5, 0, "per cent above the best"), MetricCriterion.RowsOption],
            o => new GeneralizationLoss(o.Number("alpha"), MetricCriterion.RowsOf(o))),
        new("targetMetric", "A metric has reached a value.",
            [
                Option.Text("metric", null, "which metric", Metrics.Metrics.Names),
                Option.Number("value", null, double.NegativeInfinity, double.PositiveInfinity, "the value"),
                MetricCriterion.RowsOption,
            ],
            o => new TargetMetric(o.Text("metric"), o.Number("value"), MetricCriterion.RowsOf(o))),
        new("steps", "A number of steps is done.",
            [Option.Integer("count", null, 1, 1e15, "steps")], o => new StepBudget((long)o.Number("count"))),
        new("epochs", "A number of epochs is done.",
            [Option.Integer("count", null, 1, 1e9, "epochs")], o => new EpochBudget(o.Integer("count"))),
        new("wallTime", "A time is over. Outside the promise of equal bits.",
            [Option.Above("seconds", null, 0, "seconds since the first step")], o => new WallTime(o.Number("seconds"))),
    ];
}
