using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Metrics;

/// <summary>Adds up what the metrics need over rows. One thread at a time.</summary>
/// <param name="loss">What is measured.</param>
/// <param name="objective">What is minimised, where that is another loss; null for the same.</param>
public sealed class MetricAccumulator(Loss loss, TargetKind targetKind, int outputCount, Loss? objective = null)
{
    private readonly List<float> _negative = [], _positive = [], _negativeWeights = [], _positiveWeights = [];
    private readonly float[] _derivatives = new float[outputCount];
    private float[] _predictions = [];
    private int _count, _targetCount, _correct;
    private readonly ExactSum.Builder _loss = new(), _logLoss = new(), _squared = new(), _absolute = new();
    private readonly ExactSum.Builder _target = new(), _targetSquare = new(), _objective = new();
    private readonly ExactSum.Builder _weight = new(), _correctWeight = new(), _correctLabels = new();

    /// <param name="outputs_BC">Raw outputs of the model.</param>
    /// <param name="targets_BT">Targets of the same rows; ignored for clustering.</param>
    /// <param name="weights_B">Weights of the same rows; empty where all weigh the same.</param>
    public void Add(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, ReadOnlySpan<float> weights_B = default)
    {
        int rows = outputs_BC.Length / outputCount;
        _count += rows;
        foreach (float weight in weights_B) _weight.Add(weight);
        if (targetKind == TargetKind.None)
        {
            for (int i = 0; i < rows; i++) _loss.Add(WeightOf(weights_B, i) * (double)outputs_BC[i]);
            return;
        }
        AddLosses(outputs_BC, targets_BT, weights_B, rows);
        switch (targetKind)
        {
            case TargetKind.Number:
                AddNumbers(PredictionsOf(outputs_BC), targets_BT, weights_B);
                break;
            case TargetKind.BinaryClass:
                AddBinary(outputs_BC, targets_BT, weights_B);
                break;
            case TargetKind.Class:
                AddClasses(outputs_BC, targets_BT, weights_B);
                break;
            case TargetKind.Labels:
                AddLabels(outputs_BC, targets_BT, weights_B);
                break;
        }
    }

    public MetricSums ToSums() => new()
    {
        Count = _count,
        WeightSum = _weight.ToSum(),
        TargetCount = _targetCount,
        LossSum = _loss.ToSum(),
        ObjectiveSum = objective is null ? _loss.ToSum() : _objective.ToSum(),
        CorrectCount = _correct,
        CorrectWeightSum = _correctWeight.ToSum(),
        CorrectLabelSum = _correctLabels.ToSum(),
        LogLossSum = _logLoss.ToSum(),
        SquaredErrorSum = _squared.ToSum(),
        AbsoluteErrorSum = _absolute.ToSum(),
        TargetSum = _target.ToSum(),
        TargetSquareSum = _targetSquare.ToSum(),
        NegativeScores = [.. _negative],
        PositiveScores = [.. _positive],
        NegativeWeights = [.. _negativeWeights],
        PositiveWeights = [.. _positiveWeights],
    };

    private static float WeightOf(ReadOnlySpan<float> weights, int row) => weights.IsEmpty ? 1 : weights[row];

    /// <summary>Adds a number by the weight of its row; a row of weight 0 adds nothing, whatever its number.</summary>
    private static void Add(ExactSum.Builder sum, ReadOnlySpan<float> weights, int row, double number)
    {
        if (weights.IsEmpty) sum.Add(number);
        else if (weights[row] != 0) sum.Add(weights[row] * number);
    }

    private void AddCorrect(ReadOnlySpan<float> weights, int row)
    {
        _correct++;
        if (!weights.IsEmpty) _correctWeight.Add(weights[row]);
    }

    /// <summary>Row by row: the loss's own sum over several rows is rounded on the way.</summary>
    private void AddLosses(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, int rows)
    {
        int targetCount = rows == 0 ? 0 : targets.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            var outputs_C = outputs.Slice(row * outputCount, outputCount);
            var targets_T = targets.Slice(row * targetCount, targetCount);
            double value = loss.Evaluate(outputs_C, targets_T, outputCount, _derivatives);
            Add(_loss, weights, row, value);
            if (targetKind == TargetKind.Labels) Add(_logLoss, weights, row, value);
            if (objective is null) continue;
            Add(_objective, weights, row, objective.Evaluate(outputs_C, targets_T, outputCount, _derivatives));
        }
    }

    private ReadOnlySpan<float> PredictionsOf(ReadOnlySpan<float> outputs)
    {
        if (_predictions.Length < outputs.Length) _predictions = new float[outputs.Length];
        var predictions = _predictions.AsSpan(0, outputs.Length);
        outputs.CopyTo(predictions);
        loss.ToPredictions(predictions, outputCount);
        return predictions;
    }

    private void AddNumbers(
        ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        _targetCount += predictions.Length;
        for (int i = 0; i < predictions.Length; i++)
        {
            double target = targets[i], error = predictions[i] - target;
            int row = weights.IsEmpty ? 0 : i / outputCount;
            Add(_squared, weights, row, error * error);
            Add(_absolute, weights, row, Math.Abs(error));
            Add(_target, weights, row, target);
            Add(_targetSquare, weights, row, target * target);
        }
    }

    /// <summary>A label is predicted where its margin is above zero; a row is right where all of them are.</summary>
    private void AddLabels(ReadOnlySpan<float> margins, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        _targetCount += margins.Length;
        for (int row = 0; row < margins.Length / outputCount; row++)
        {
            int right = 0;
            for (int label = row * outputCount; label < (row + 1) * outputCount; label++)
            {
                if (margins[label] > 0 == targets[label] > 0.5f) right++;
            }
            Add(_correctLabels, weights, row, right);
            if (right == outputCount) AddCorrect(weights, row);
        }
    }

    /// <summary>A margin above zero is class 1. Without probabilities (hinge) there is no log loss.</summary>
    private void AddBinary(
        ReadOnlySpan<float> margins, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        for (int i = 0; i < margins.Length; i++)
        {
            bool isPositive = targets[i] > 0.5f;
            if (margins[i] > 0 == isPositive) AddCorrect(weights, i);
            (isPositive ? _positive : _negative).Add(margins[i]);
            if (!weights.IsEmpty) (isPositive ? _positiveWeights : _negativeWeights).Add(weights[i]);
            double logLoss = loss.IsLogLoss ? LogLoss(isPositive ? margins[i] : -margins[i]) : double.NaN;
            Add(_logLoss, weights, i, logLoss);
        }
    }

    /// <summary>The largest output is the class; of equal ones the first.</summary>
    private void AddClasses(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights)
    {
        for (int row = 0; row < targets.Length; row++)
        {
            var scores = outputs.Slice(row * outputCount, outputCount);
            int best = 0;
            for (int c = 1; c < scores.Length; c++)
            {
                if (scores[c] > scores[best]) best = c;
            }
            int target = (int)targets[row];
            if (best == target) AddCorrect(weights, row);
            Add(_logLoss, weights, row, LogLoss(scores, target, best));
        }
    }

    /// <summary>−ln p = ln(1 + e^−m) of a margin towards the true class: exact where p itself would round to 0 or 1.
    /// </summary>
    private static double LogLoss(double margin) =>
        Math.Max(0, -margin) + Transcendental.LogOnePlus(Transcendental.Exp(-Math.Abs(margin)));

    /// <summary>−ln p of the target, from the distances to the largest output.</summary>
    private static double LogLoss(ReadOnlySpan<float> scores, int target, int best)
    {
        double rest = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            if (c != best) rest += Transcendental.Exp((double)scores[c] - scores[best]);
        }
        return (double)scores[best] - scores[target] + Transcendental.LogOnePlus(rest);
    }
}
