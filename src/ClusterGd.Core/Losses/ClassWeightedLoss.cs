using ClusterGd.Core.Data;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Losses;

/// <summary>
/// A loss of classes with the loss of each row multiplied by the factor of its class: what is minimised, while metrics
/// go by the plain loss. The factors are such that their mean over the training rows is 1.
/// </summary>
public sealed class ClassWeightedLoss : Loss
{
    private readonly Loss _loss;
    private readonly float[] _factors;

    private ClassWeightedLoss(Loss loss, float[] factors) => (_loss, _factors) = (loss, factors);

    /// <summary>
    /// The loss with the job's class weights c. With W_k the rows of class k (or the sum of their weights), the factor
    /// is c_k · ΣW / Σ c·W. Balanced weights are c_k = 1 / W_k, so each class counts the same.
    /// </summary>
    /// <exception cref="InputException">The job names a class that the training rows do not have.</exception>
    public static Loss Of(Loss loss, ClassWeights? weights, DataSchema schema)
    {
        if (weights is null || schema.ClassTotals.IsDefaultOrEmpty) return loss;
        var names = schema.ClassNames;
        var totals = schema.ClassTotals;
        var stated = new double[names.Length];
        Array.Fill(stated, 1);
        var unknown = new List<string>();
        foreach (var (name, weight) in weights.ByClass)
        {
            int index = ClassWeights.IndexOf(name, names);
            if (index >= 0) stated[index] = weight;
            else unknown.Add(name);
        }
        if (unknown.Count > 0)
        {
            throw new InputException(
                $"loss.classWeights names {string.Join(", ", unknown.Select(n => $"'{n}'"))}, and the training rows " +
                $"have the classes {string.Join(", ", names.Take(20))}{(names.Length > 20 ? ", …" : "")}: name those.");
        }
        double total = 0, weighted = 0;
        for (int k = 0; k < totals.Length; k++)
        {
            if (weights.IsBalanced) stated[k] = totals[k] > 0 ? 1 / totals[k] : 0;
            total += totals[k];
            weighted += stated[k] * totals[k];
        }
        if (!(weighted > 0))
        {
            throw new InputException("loss.classWeights leaves no training row a weight above 0: change it.");
        }
        var factors = new float[totals.Length];
        for (int k = 0; k < factors.Length; k++) factors[k] = (float)(stated[k] * total / weighted);
        return new ClassWeightedLoss(loss, factors);
    }

    public override TargetKind TargetKind => _loss.TargetKind;

    public override bool IsLogLoss => _loss.IsLogLoss;

    public override int OutputCount(DataSchema schema) => _loss.OutputCount(schema);

    public override string? ProblemOf(ReadOnlySpan<float> targets_BT) => _loss.ProblemOf(targets_BT);

    public override void ToPredictions(Span<float> outputs_BC, int outputCount) =>
        _loss.ToPredictions(outputs_BC, outputCount);

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        RequireLengths(
            outputs_BC, targets_BT, (long)targets_BT.Length * outputCount == outputs_BC.Length, derivatives_BC);
        double sum = 0;
        for (int i = 0; i < targets_BT.Length; i++)
        {
            sum += _loss.EvaluateWeighted(
                outputs_BC.Slice(i * outputCount, outputCount), targets_BT.Slice(i, 1),
                [_factors[(int)targets_BT[i]]], outputCount, derivatives_BC.Slice(i * outputCount, outputCount));
        }
        return sum;
    }
}
