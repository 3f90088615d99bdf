using System.Collections.Immutable;

namespace ClusterGd.Core.Convergence;

/// <summary>What an evaluation must bring for a criterion to be checked; work that nobody needs is not done.</summary>
[Flags]
public enum EvaluationNeeds
{
    None = 0,

    /// <summary>
    /// The objective over all training rows. Else the loss is the mean over the steps since the last check.
    /// </summary>
    FullLoss = 1,

    /// <summary>The norm of the gradient over all training rows.</summary>
    FullGradient = 2,

    /// <summary>The gradient noise scale's two norms, from each step's shards.</summary>
    GradientNoise = 4,

    /// <summary>Metrics over rows that are held out, or over the training rows where there are none.</summary>
    Metrics = 8,

    /// <summary>Metrics over the training rows, whatever else there is.</summary>
    TrainMetrics = 16,
}

/// <summary>The rows that a criterion on a metric looks at.</summary>
public enum MeasuredRows
{
    /// <summary>The validation rows; without any the test rows; without those the training rows.</summary>
    Auto,
    Validation,
    Test,
    Train,
}

/// <summary>
/// What is known at an evaluation. All of it, but <see cref="Elapsed"/>, is a function of job and data.
/// </summary>
public sealed record Evaluation
{
    /// <summary>Updates made so far.</summary>
    public required long Step { get; init; }

    /// <summary>Whole epochs made so far.</summary>
    public required int Epoch { get; init; }

    /// <summary>
    /// Mean loss plus penalties: over all training rows where a criterion needs it, else over the steps since the
    /// last evaluation, each with the parameters it saw.
    /// </summary>
    public required double TrainLoss { get; init; }

    /// <summary>‖∇‖₂ and ‖∇‖∞ of the objective over all training rows; NaN where not asked for.</summary>
    public double GradientNorm { get; init; } = double.NaN;

    public double GradientMaxNorm { get; init; } = double.NaN;

    /// <summary>
    /// Mean ‖g‖² of a step's averaged gradient since the last evaluation, and its noise S/B; NaN where not asked for.
    /// </summary>
    public double StepGradientSquaredNorm { get; init; } = double.NaN;

    public double StepGradientNoise { get; init; } = double.NaN;

    /// <summary>‖w‖₂.</summary>
    public double ParameterNorm { get; init; }

    /// <summary>‖w − w at the last evaluation‖₂; NaN at the first.</summary>
    public double ParameterChange { get; init; } = double.NaN;

    /// <summary>
    /// Metrics over the test rows, or the training rows where there are none; empty where not evaluated.
    /// </summary>
    public ImmutableSortedDictionary<string, double> Metrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Metrics over the validation rows; empty where there are none.</summary>
    public ImmutableSortedDictionary<string, double> ValidationMetrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Metrics over the training rows, where a criterion asks for them; else empty.</summary>
    public ImmutableSortedDictionary<string, double> TrainMetrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Learning rate of the last update.</summary>
    public double LearningRate { get; init; }

    /// <summary>
    /// What the slices counted since the last evaluation: one for all where they agree, else one for each; empty where
    /// it is not known.
    /// </summary>
    public ImmutableArray<StepsCounted> Counted { get; init; } = [];

    /// <summary>Wall time since the first step: the one number here that is no function of job and data.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>A metric over the rows that a criterion looks at; NaN where it has no value.</summary>
    public double MetricOf(string name, MeasuredRows rows) => (rows switch
    {
        MeasuredRows.Validation => ValidationMetrics,
        MeasuredRows.Test => Metrics,
        MeasuredRows.Train => TrainMetrics,
        MeasuredRows.Auto => ValidationMetrics.IsEmpty ? Metrics : ValidationMetrics,
    }).GetValueOrDefault(name, double.NaN);
}

/// <summary>What a criterion says of one evaluation.</summary>
/// <param name="Reason">Why to stop, one clause with the numbers; null to go on.</param>
/// <param name="IsBest">These are the best parameters so far by this criterion: keep a copy.</param>
public readonly record struct Verdict(string? Reason, bool IsBest = false);

/// <summary>
/// Decides when training has converged. Keeps the history it needs; fed every evaluation once, in order, by one
/// owner. The same evaluations always give the same verdicts.
/// </summary>
public abstract class StopCriterion
{
    public virtual EvaluationNeeds Needs => EvaluationNeeds.None;

    /// <summary>The metric that is watched; null for none. Without a value it counts neither for nor against.</summary>
    public virtual string? Metric => null;

    /// <summary>The rows over which it is taken.</summary>
    public virtual MeasuredRows Rows => MeasuredRows.Auto;

    /// <summary>
    /// Whether the best parameters are kept and are the result of the run, however it ends. One copy is kept, so a job
    /// has one such criterion.
    /// </summary>
    public virtual bool KeepsBest => false;

    /// <summary>Steps after which an evaluation must happen on top of the regular ones; 0 for none.</summary>
    public virtual long AtStep => 0;

    public abstract Verdict Check(Evaluation evaluation);
}
