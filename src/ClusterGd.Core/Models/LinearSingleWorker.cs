using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Models;

/// <summary>
/// One output: two passes over a row, the second while it is still in the cache, so that a dense gradient runs as fast
/// as memory is read.
/// </summary>
internal sealed class LinearSingleWorker(LinearModel model) : LinearWorker(model, chunkRows: 64)
{
    private readonly int _featureCount = model.FeatureCount;
    private readonly bool _hasBias = model.HasBias;

    // Weights and gradient padded to the stride of dense rows; made at the first of them, since wide sparse rows have
    // no use for them.
    private AlignedFloats _weights = new(0);
    private AlignedFloats _gradient = new(0);

    protected override void Begin(ReadOnlySpan<float> weights_FC, Rows rows)
    {
        if (rows is not DenseRows dense) return;
        if (_weights.Length < dense.Stride)
        {
            _weights = new AlignedFloats(dense.Stride);
            _gradient = new AlignedFloats(dense.Stride);
        }
        weights_FC.CopyTo(_weights.Span);
        _gradient.Span.Clear();
    }

    protected override void Forward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> indices, Span<float> outputs_BC)
    {
        float bias = _hasBias ? parameters[_featureCount] : 0;
        if (rows is DenseRows dense)
        {
            DenseRowKernels.Dots(dense.Values, dense.Stride, indices, _weights.Span, bias, outputs_BC);
            return;
        }
        var sparse = (SparseRows)rows;
        for (int i = 0; i < outputs_BC.Length; i++)
        {
            int row = indices[i];
            outputs_BC[i] =
                SparseRowKernels.Dot(sparse.ColumnsOf(row), sparse.ValuesOf(row), parameters[.._featureCount]) + bias;
        }
    }

    protected override void Backward(
        ReadOnlySpan<float> derivatives_BC, Rows rows, ReadOnlySpan<int> indices, Span<float> gradient_FC)
    {
        if (rows is DenseRows dense)
        {
            DenseRowKernels.AddScaledRows(dense.Values, dense.Stride, indices, derivatives_BC, _gradient.Span);
            return;
        }
        var sparse = (SparseRows)rows;
        for (int i = 0; i < indices.Length; i++)
        {
            int row = indices[i];
            SparseRowKernels.AddScaled(derivatives_BC[i], sparse.ColumnsOf(row), sparse.ValuesOf(row), gradient_FC);
        }
    }

    protected override void End(Rows rows, Span<float> gradient_FC)
    {
        if (rows is DenseRows) _gradient.Span[..gradient_FC.Length].CopyTo(gradient_FC);
    }
}
