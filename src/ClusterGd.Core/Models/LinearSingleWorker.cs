using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// One output: two passes over a row, the second while it is still in the cache, so that a dense gradient runs nearly
/// as fast as memory is read.
/// </summary>
internal sealed class LinearSingleWorker(LinearModel model) : LinearWorker(model, ChunkRows)
{
    private const int ChunkRows = 64, SparseRowsAhead = 16;
    private readonly LinearModel _model = model;
    private readonly float[] _outputs_B = new float[ChunkRows];
    private readonly float[] _derivatives_B = new float[ChunkRows];

    // Weights and gradient padded to the stride of dense rows; made at the first of them, since wide sparse rows have
    // no use for them.
    private AlignedFloats _weights = new(0);
    private AlignedFloats _gradient = new(0);

    public override double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient)
    {
        if (rows is not DenseRows dense) return base.Gradient(parameters, rows, rowIndices, key, gradient);

        // A chunk's second pass runs with the next one's first, which waits for memory most of its time.
        var weights = PadWeights(parameters, dense);
        var sum = _gradient.Span;
        sum.Clear();
        var biasGradient = gradient[_model.FeatureCount..];
        biasGradient.Clear();
        double lossSum = 0;
        ReadOnlySpan<int> previous = [];
        ReadOnlySpan<float> derivatives_B = [];
        int chunkRows = DenseRowKernels.ChunkRows(dense.Stride);
        for (int start = 0; start < rowIndices.Length; start += chunkRows)
        {
            var indices = rowIndices.Slice(start, Math.Min(chunkRows, rowIndices.Length - start));
            var targets_B = GatherTargets(rows, indices);
            var outputs_B = _outputs_B.AsSpan(0, indices.Length);
            DenseRowKernels.DotsAndAddScaledRows(
                dense.Values, dense.Stride, rowIndices[start..], weights, Bias(parameters), outputs_B,
                previous, derivatives_B, sum);
            lossSum += Evaluate(rows, indices, outputs_B, targets_B, _derivatives_B.AsSpan(0, indices.Length));
            previous = indices;
            derivatives_B = _derivatives_B.AsSpan(0, indices.Length);
            AddToBias(derivatives_B, biasGradient);
        }
        DenseRowKernels.AddScaledRows(dense.Values, dense.Stride, previous, derivatives_B, sum);
        sum[.._model.FeatureCount].CopyTo(gradient);
        return lossSum;
    }

    protected override void Forward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> indices, Span<float> outputs_BC)
    {
        if (rows is DenseRows dense)
        {
            var padded = PadWeights(parameters, dense);
            DenseRowKernels.Dots(dense.Values, dense.Stride, indices, padded, Bias(parameters), outputs_BC);
            return;
        }
        var sparse = (SparseRows)rows;
        var weights = parameters[.._model.FeatureCount];
        for (int i = 0; i < outputs_BC.Length; i++)
        {
            int next = sparse.Starts[indices[Math.Min(i + SparseRowsAhead, indices.Length - 1)]];
            Memory.Fetch(sparse.Columns, next);
            Memory.Fetch(sparse.Values, next);
            outputs_BC[i] = SparseRowKernels.Dot(sparse.ColumnsOf(indices[i]), sparse.ValuesOf(indices[i]), weights)
                + Bias(parameters);
        }
    }

    protected override void Backward(
        ReadOnlySpan<float> derivatives_BC, Rows rows, ReadOnlySpan<int> indices, Span<float> gradient_FC)
    {
        // Dense rows do not come here: Gradient has a loop of its own for them.
        var sparse = (SparseRows)rows;
        for (int i = 0; i < indices.Length; i++)
        {
            int row = indices[i];
            SparseRowKernels.AddScaled(derivatives_BC[i], sparse.ColumnsOf(row), sparse.ValuesOf(row), gradient_FC);
        }
    }

    private float Bias(ReadOnlySpan<float> parameters) => _model.HasBias ? parameters[_model.FeatureCount] : 0;

    private ReadOnlySpan<float> PadWeights(ReadOnlySpan<float> parameters, DenseRows rows)
    {
        if (_weights.Length < rows.Stride)
        {
            _weights = new AlignedFloats(rows.Stride);
            _gradient = new AlignedFloats(rows.Stride);
        }
        parameters[.._model.FeatureCount].CopyTo(_weights.Span);
        return _weights.Span;
    }
}
