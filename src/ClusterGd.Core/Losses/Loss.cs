using ClusterGd.Core.Data;

namespace ClusterGd.Core.Losses;

/// <summary>
/// A loss of model outputs against targets. Stateless, so one instance serves every thread. Shape suffixes:
/// B = rows, C = outputs of a row, T = targets of a row (C where the target is a number, 1 where it is a class).
/// </summary>
public abstract class Loss
{
    /// <summary>What the target column must be.</summary>
    public abstract TargetKind TargetKind { get; }

    /// <summary>Outputs a model must have: one, one a target, or one a class.</summary>
    public virtual int OutputCount(DataSchema schema) => Math.Max(1, schema.TargetCount);

    /// <summary>
    /// Writes each row's derivative of its loss by its outputs and returns the sum of the losses, added in row order
    /// in double precision.
    /// </summary>
    /// <param name="derivatives_BC">Overwritten; may be the same memory as the outputs.</param>
    public abstract double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC);

    /// <summary>Turns outputs into what a person asks for: probabilities, rates or values, in place.</summary>
    public virtual void ToPredictions(Span<float> outputs_BC, int outputCount) { }
}
