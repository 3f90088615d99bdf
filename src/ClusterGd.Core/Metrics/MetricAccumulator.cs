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
        if (_predictions.Length < outputs_BC.Length) _predictions = new float[outputs_BC.Length];
        AddLosses(outputs_BC, targets_BT, rows);
        var predictions = _predictions.AsSpan(0, outputs_BC.Length);
        outputs_BC.CopyTo(predictions);
        loss.ToPredictions(predictions, outputCount);
        switch (targetKind)
        {
            case TargetKind.Number:
                AddNumbers(predictions, targets_BT);
                break;
            case TargetKind.BinaryClass:
                AddBinary(outputs_BC, predictions, targets_BT);
                break;
            case TargetKind.Class:
                AddClasses(outputs_BC, predictions, targets_BT);
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
    private void AddBinary(ReadOnlySpan<float> margins, ReadOnlySpan<float> probabilities, ReadOnlySpan<float> targets)
    {
        bool hasProbabilities = loss.IsLogLoss;
        for (int i = 0; i < margins.Length; i++)
        {
            bool isPositive = targets[i] > 0.5f;
            if (margins[i] > 0 == isPositive) _correct++;
            (isPositive ? _positive : _negative).Add(margins[i]);
            _logLoss.Add(hasProbabilities
                ? -Transcendental.Log(Math.Max(isPositive ? probabilities[i] : 1.0 - probabilities[i], 1e-15))
                : double.NaN);
        }
    }

    /// <summary>The largest output is the class; of equal ones the first.</summary>
    private void AddClasses(ReadOnlySpan<float> outputs, ReadOnlySpan<float> probabilities, ReadOnlySpan<float> targets)
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
            _logLoss.Add(-Transcendental.Log(Math.Max((double)probabilities[row * outputCount + target], 1e-15)));
        }
    }
}
