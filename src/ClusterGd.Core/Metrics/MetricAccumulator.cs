using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Metrics;

/// <summary>Adds up what the metrics need over rows. One thread at a time.</summary>
public sealed class MetricAccumulator(Loss loss, TargetKind targetKind, int outputCount)
{
    private readonly List<float> _negative = [], _positive = [];
    private readonly float[] _derivatives = new float[outputCount];
    private float[] _predictions = [];
    private int _count, _targetCount, _correct;
    private readonly ExactSum.Builder _loss = new(), _logLoss = new(), _squared = new(), _absolute = new();
    private readonly ExactSum.Builder _target = new(), _targetSquare = new();

    /// <param name="outputs_BC">Raw outputs of the model.</param>
    /// <param name="targets_BT">Targets of the same rows; ignored for clustering.</param>
    public void Add(ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT)
    {
        int rows = outputs_BC.Length / outputCount;
        _count += rows;
        if (targetKind == TargetKind.None)
        {
            foreach (float distance in outputs_BC) _loss.Add(distance);
            return;
        }
        AddLosses(outputs_BC, targets_BT, rows);
        switch (targetKind)
        {
            case TargetKind.Number:
                AddNumbers(PredictionsOf(outputs_BC), targets_BT);
                break;
            case TargetKind.BinaryClass:
                AddBinary(outputs_BC, targets_BT);
                break;
            case TargetKind.Class:
                AddClasses(outputs_BC, targets_BT);
                break;
        }
    }

    public MetricSums ToSums() => new()
    {
        Count = _count,
        TargetCount = _targetCount,
        LossSum = _loss.ToSum(),
        CorrectCount = _correct,
        LogLossSum = _logLoss.ToSum(),
        SquaredErrorSum = _squared.ToSum(),
        AbsoluteErrorSum = _absolute.ToSum(),
        TargetSum = _target.ToSum(),
        TargetSquareSum = _targetSquare.ToSum(),
        NegativeScores = [.. _negative],
        PositiveScores = [.. _positive],
    };

    /// <summary>Row by row: the loss's own sum over several rows is rounded on the way.</summary>
    private void AddLosses(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets, int rows)
    {
        int targetCount = rows == 0 ? 0 : targets.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            _loss.Add(loss.Evaluate(
                outputs.Slice(row * outputCount, outputCount), targets.Slice(row * targetCount, targetCount),
                outputCount, _derivatives));
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

    private void AddNumbers(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets)
    {
        _targetCount += predictions.Length;
        for (int i = 0; i < predictions.Length; i++)
        {
            double target = targets[i], error = predictions[i] - target;
            _squared.Add(error * error);
            _absolute.Add(Math.Abs(error));
            _target.Add(target);
            _targetSquare.Add(target * target);
        }
    }

    /// <summary>A margin above zero is class 1. Without probabilities (hinge) there is no log loss.</summary>
    private void AddBinary(ReadOnlySpan<float> margins, ReadOnlySpan<float> targets)
    {
        for (int i = 0; i < margins.Length; i++)
        {
            bool isPositive = targets[i] > 0.5f;
            if (margins[i] > 0 == isPositive) _correct++;
            (isPositive ? _positive : _negative).Add(margins[i]);
            _logLoss.Add(loss.IsLogLoss ? LogLoss(isPositive ? margins[i] : -margins[i]) : double.NaN);
        }
    }

    /// <summary>The largest output is the class; of equal ones the first.</summary>
    private void AddClasses(ReadOnlySpan<float> outputs, ReadOnlySpan<float> targets)
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
            if (best == target) _correct++;
            _logLoss.Add(LogLoss(scores, target, best));
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
