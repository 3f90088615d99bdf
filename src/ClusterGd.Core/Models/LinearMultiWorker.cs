using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Models;

/// <summary>
/// Several outputs: dense chunks are matrix products; each number of a sparse row scales one row of the weights.
/// </summary>
internal sealed class LinearMultiWorker(LinearModel model) : LinearWorker(model, ChunkRows)
{
    private const int ChunkRows = 256;
    private readonly int _featureCount = model.FeatureCount;
    private readonly int _outputCount = model.OutputCount;
    private readonly bool _hasBias = model.HasBias;
    private readonly MatrixKernels _matrix = new();

    // One chunk of dense rows in their order; made at the first, since wide sparse rows have no use for it.
    private float[] _rows_BF = [];

    protected override void Forward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> indices, Span<float> outputs_BC)
    {
        int count = outputs_BC.Length / _outputCount;
        var weights_FC = parameters[..(_featureCount * _outputCount)];
        if (rows is DenseRows dense)
        {
            _matrix.Multiply(
                transposeA: false, transposeB: false, count, _outputCount, _featureCount,
                Gather(dense, indices[..count]), dense.Stride, weights_FC, _outputCount, outputs_BC, _outputCount,
                accumulate: false);
        }
        else
        {
            var sparse = (SparseRows)rows;
            outputs_BC.Clear();
            for (int i = 0; i < count; i++)
            {
                var columns = sparse.ColumnsOf(indices[i]);
                var values = sparse.ValuesOf(indices[i]);
                var output_C = outputs_BC.Slice(i * _outputCount, _outputCount);
                for (int k = 0; k < columns.Length; k++)
                {
                    VectorKernels.AddScaled(values[k], Slice(weights_FC, columns[k]), output_C);
                }
            }
        }
        if (!_hasBias) return;
        var bias_C = parameters[weights_FC.Length..];
        for (int i = 0; i < count; i++) VectorKernels.Add(outputs_BC.Slice(i * _outputCount, _outputCount), bias_C);
    }

    protected override void Backward(
        ReadOnlySpan<float> derivatives_BC, Rows rows, ReadOnlySpan<int> indices, Span<float> gradient_FC)
    {
        if (rows is DenseRows dense)
        {
            _matrix.Multiply(
                transposeA: true, transposeB: false, _featureCount, _outputCount, indices.Length,
                Gathered(dense, indices), dense.Stride, derivatives_BC, _outputCount, gradient_FC, _outputCount,
                accumulate: true);
            return;
        }
        var sparse = (SparseRows)rows;
        for (int i = 0; i < indices.Length; i++)
        {
            var columns = sparse.ColumnsOf(indices[i]);
            var values = sparse.ValuesOf(indices[i]);
            var derivative_C = Slice(derivatives_BC, i);
            for (int k = 0; k < columns.Length; k++)
            {
                VectorKernels.AddScaled(
                    values[k], derivative_C, gradient_FC.Slice(columns[k] * _outputCount, _outputCount));
            }
        }
    }

    private ReadOnlySpan<float> Slice(ReadOnlySpan<float> matrix, int row) =>
        matrix.Slice(row * _outputCount, _outputCount);

    /// <summary>The rows in the order given, one after the other: in place where they lie so already.</summary>
    private ReadOnlySpan<float> Gather(DenseRows rows, ReadOnlySpan<int> indices)
    {
        if (!AreNeighbours(indices))
        {
            if (_rows_BF.Length == 0) _rows_BF = new float[ChunkRows * rows.Stride];
            for (int i = 0; i < indices.Length; i++) rows.Row(indices[i]).CopyTo(_rows_BF.AsSpan(i * rows.Stride));
        }
        return Gathered(rows, indices);
    }

    /// <summary>What <see cref="Gather"/> gave for the same rows.</summary>
    private ReadOnlySpan<float> Gathered(DenseRows rows, ReadOnlySpan<int> indices) => AreNeighbours(indices)
        ? rows.Values.Slice(indices[0] * rows.Stride, indices.Length * rows.Stride) : _rows_BF;

    private static bool AreNeighbours(ReadOnlySpan<int> indices)
    {
        for (int i = 1; i < indices.Length; i++)
        {
            if (indices[i] != indices[0] + i) return false;
        }
        return true;
    }
}
