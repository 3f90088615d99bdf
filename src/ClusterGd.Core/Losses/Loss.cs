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

    /// <summary>
    /// The same with the loss and the derivatives of each row multiplied by its weight; a row of weight 0 adds nothing,
    /// whatever its loss. Weights of 1 change no bit.
    /// </summary>
    public double EvaluateWeighted(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, ReadOnlySpan<float> weights_B, int outputCount,
        Span<float> derivatives_BC)
    {
        int targetCount = weights_B.Length == 0 ? 0 : targets_BT.Length / weights_B.Length;
        double sum = 0;
        for (int i = 0; i < weights_B.Length; i++)
        {
            var derivatives_C = derivatives_BC.Slice(i * outputCount, outputCount);
            double loss = Evaluate(
                outputs_BC.Slice(i * outputCount, outputCount), targets_BT.Slice(i * targetCount, targetCount),
                outputCount, derivatives_C);
            float weight = weights_B[i];
            if (weight == 0)
            {
                derivatives_C.Clear();
                continue;
            }
            foreach (ref float derivative in derivatives_C) derivative *= weight;
            sum += weight * loss;
        }
        return sum;
    }

    /// <summary>Whether the loss of a row is −ln of the probability that the model gives its class.</summary>
    public virtual bool IsLogLoss => false;

    /// <summary>
    /// A clause on the first target that this loss cannot be used with, counted from 1; null where all can.
    /// </summary>
    public virtual string? ProblemOf(ReadOnlySpan<float> targets_BT) => null;

    /// <summary>Turns outputs into what a person asks for: probabilities, rates or values, in place.</summary>
    public virtual void ToPredictions(Span<float> outputs_BC, int outputCount) { }

    /// <summary>Guards the unchecked loads of <see cref="Evaluate"/>: once a call, not once a row.</summary>
    protected static void RequireLengths(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, bool matches,
        ReadOnlySpan<float> derivatives_BC)
    {
        if (matches && derivatives_BC.Length >= outputs_BC.Length) return;
        throw new ArgumentException(
            $"{outputs_BC.Length} outputs do not fit {targets_BT.Length} targets and "
            + $"{derivatives_BC.Length} derivatives.");
    }
}
