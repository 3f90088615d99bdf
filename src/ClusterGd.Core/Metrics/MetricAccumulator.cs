using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Metrics;

/// <summary>Adds up what the metrics need over consecutive rows, in row order. One thread at a time.</summary>
public sealed class MetricAccumulator(Loss loss, TargetKind targetKind, int outputCount)
{
    private readonly List<float> _negative = [], _positive = [];
    private float[] _predictions = [], _derivatives = [];
    private int _count, _targetCount, _correct;
    private double _loss, _logLoss, _squared, _absolute, _target, _targetSquare;

    /// <param name="outputs_BC">Raw outputs of the model.</param>
    /// <param name="targets_BT">Targets of the same rows; ignored for clustering.</param>
    public void Add(ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT)
    {
        int rows = outputs_BC.Length / outputCount;
        _count += rows;
        if (targetKind == TargetKind.None)
        {
            foreach (float distance in outputs_BC) _loss += distance;
            return;
        }
        if (_derivatives.Length < outputs_BC.Length)
        {
            _derivatives = new float[outputs_BC.Length];
            _predictions = new float[outputs_BC.Length];
        }
        _loss += loss.Evaluate(outputs_BC, targets_BT, outputCount, _derivatives.AsSpan(0, outputs_BC.Length));
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
        LossSum = _loss,
        CorrectCount = _correct,
        LogLossSum = _logLoss,
        SquaredErrorSum = _squared,
        AbsoluteErrorSum = _absolute,
        TargetSum = _target,
        TargetSquareSum = _targetSquare,
        NegativeScores = [.. _negative],
        PositiveScores = [.. _positive],
    };

    private void AddNumbers(ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets)
    {
        _targetCount += predictions.Length;
        for (int i = 0; i < predictions.Length; i++)
        {
            double target = targets[i], error = predictions[i] - target;
            _squared += error * error;
            _absolute += Math.Abs(error);
            _target += target;
            _targetSquare += target * target;
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
            _logLoss += hasProbabilities
                ? -Transcendental.Log(Math.Max(isPositive ? probabilities[i] : 1.0 - probabilities[i], 1e-15))
                : double.NaN;
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
            _logLoss -= Transcendental.Log(Math.Max((double)probabilities[row * outputCount + target], 1e-15));
        }
    }
}
