using ClusterGd.Core.Data;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// The gradient of a <see cref="LinearModel"/>, chunk by chunk: outputs, loss, gradient. Every element of the gradient
/// is one chain over the rows in the order given. B = rows of a chunk, C = outputs, T = targets, F = features.
/// </summary>
/// <param name="chunkRows">Part of the result, since the loss is summed chunk by chunk.</param>
internal abstract class LinearWorker(LinearModel model, int chunkRows) : ModelWorker
{
    private readonly int _weightCount = model.FeatureCount * model.OutputCount;
    private readonly int[] _sequence = new int[chunkRows];
    private readonly float[] _outputs_BC = new float[chunkRows * model.OutputCount];
    private readonly float[] _targets_BT = new float[chunkRows * model.OutputCount];

    // Made at the first rows that have weights.
    private float[] _weights_B = [];

    public override double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient)
    {
        gradient.Clear();
        var gradient_FC = gradient[.._weightCount];
        var gradient_C = gradient[_weightCount..];
        double lossSum = 0;
        for (int start = 0; start < rowIndices.Length; start += chunkRows)
        {
            var indices = rowIndices.Slice(start, Math.Min(chunkRows, rowIndices.Length - start));
            var targets_BT = GatherTargets(rows, indices);
            var outputs_BC = _outputs_BC.AsSpan(0, indices.Length * model.OutputCount);
            Forward(parameters, rows, rowIndices[start..], outputs_BC);
            lossSum += Evaluate(rows, indices, outputs_BC, targets_BT, outputs_BC);
            Backward(outputs_BC, rows, indices, gradient_FC);
            AddToBias(outputs_BC, gradient_C);
        }
        return lossSum;
    }

    public override void Predict(
        ReadOnlySpan<float> parameters, Rows rows, int first, int count, Span<float> outputs_BC)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, rows.Count);
        for (int start = 0; start < count; start += chunkRows)
        {
            var indices = _sequence.AsSpan(0, Math.Min(chunkRows, count - start));
            for (int i = 0; i < indices.Length; i++) indices[i] = first + start + i;
            Forward(
                parameters, rows, indices,
                outputs_BC.Slice(start * model.OutputCount, indices.Length * model.OutputCount));
        }
    }

    /// <summary>The loss of some rows and its derivatives, weighted where the rows have weights.</summary>
    protected double Evaluate(
        Rows rows, ReadOnlySpan<int> indices, ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT,
        Span<float> derivatives_BC)
    {
        var all = rows.Weights;
        if (all.IsEmpty) return model.Loss.Evaluate(outputs_BC, targets_BT, model.OutputCount, derivatives_BC);
        if (_weights_B.Length == 0) _weights_B = new float[chunkRows];
        var weights_B = _weights_B.AsSpan(0, indices.Length);
        for (int i = 0; i < indices.Length; i++) weights_B[i] = all[indices[i]];
        return model.Loss.EvaluateWeighted(outputs_BC, targets_BT, weights_B, model.OutputCount, derivatives_BC);
    }

    /// <summary>Writes the outputs of the first rows named; those named after them are the next to come.</summary>
    protected abstract void Forward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> indices, Span<float> outputs_BC);

    /// <summary>gradient ← gradient + Σ row ⊗ derivative.</summary>
    protected abstract void Backward(
        ReadOnlySpan<float> derivatives_BC, Rows rows, ReadOnlySpan<int> indices, Span<float> gradient_FC);

    /// <summary>bias gradient ← bias gradient + Σ derivative, in row order; an empty one is left alone.</summary>
    protected static void AddToBias(ReadOnlySpan<float> derivatives_BC, Span<float> gradient_C)
    {
        if (gradient_C.IsEmpty) return;
        if (gradient_C.Length == 1)
        {
            // Kept in a register: each addition would wait for the last one's sum to be stored.
            float sum = gradient_C[0];
            foreach (float derivative in derivatives_BC) sum += derivative;
            gradient_C[0] = sum;
            return;
        }
        for (int i = 0; i < derivatives_BC.Length; i += gradient_C.Length)
        {
            for (int c = 0; c < gradient_C.Length; c++) gradient_C[c] += derivatives_BC[i + c];
        }
    }

    /// <remarks>Checks the bounds of the indices too, on behalf of the kernels, which do not.</remarks>
    protected ReadOnlySpan<float> GatherTargets(Rows rows, ReadOnlySpan<int> indices)
    {
        int width = rows.TargetCount;
        var all = rows.Targets;
        var targets_BT = _targets_BT.AsSpan(0, indices.Length * width);
        if (width == 1)
        {
            for (int i = 0; i < indices.Length; i++) targets_BT[i] = all[indices[i]];
            return targets_BT;
        }
        for (int i = 0; i < indices.Length; i++) rows.TargetsOf(indices[i]).CopyTo(targets_BT[(i * width)..]);
        return targets_BT;
    }
}
