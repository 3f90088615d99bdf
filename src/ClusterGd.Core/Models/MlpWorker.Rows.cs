using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Models;

internal sealed partial class MlpWorker
{
    private void GatherTargets(Rows rows, ReadOnlySpan<int> chunk)
    {
        int width = _model.Schema.TargetCount;
        for (int i = 0; i < chunk.Length; i++) rows.TargetsOf(chunk[i]).CopyTo(_targets_BT.AsSpan(i * width, width));
    }

    private Matrix Gather(DenseRows rows, ReadOnlySpan<int> chunk)
    {
        int stride = StrideOf(rows.FeatureCount);
        // Not in the constructor: sparse rows never need it, and theirs could be wide beyond all memory.
        _rows_BU ??= Allocate(stride);
        var block = _rows_BU.Span;
        for (int i = 0; i < chunk.Length; i++) rows.Row(chunk[i]).CopyTo(block[(i * stride)..]);
        return new Matrix(block[..(chunk.Length * stride)], stride);
    }

    /// <summary>z += x·W by the rows' non-zeros, in column order.</summary>
    private static void MultiplySparse(
        SparseRows rows, ReadOnlySpan<int> chunk, MlpLayer layer, ReadOnlySpan<float> parameters, Span<float> z_BU,
        int stride)
    {
        var weights = layer.Weights(parameters);
        for (int i = 0; i < chunk.Length; i++)
        {
            var z = z_BU.Slice(i * stride, layer.OutputCount);
            var columns = rows.ColumnsOf(chunk[i]);
            var values = rows.ValuesOf(chunk[i]);
            for (int k = 0; k < columns.Length; k++)
            {
                VectorKernels.AddScaled(values[k], weights.Slice(columns[k] * layer.OutputCount, layer.OutputCount), z);
            }
        }
    }

    /// <summary>Gradient of W += xᵀ·delta by the rows' non-zeros, in row order.</summary>
    private static void AddSparse(
        SparseRows rows, ReadOnlySpan<int> chunk, ReadOnlySpan<float> delta_BU, int stride, MlpLayer layer,
        bool isFirst, Span<float> gradient)
    {
        var weights = layer.Weights(gradient);
        if (isFirst) weights.Clear();
        for (int i = 0; i < chunk.Length; i++)
        {
            var delta = delta_BU.Slice(i * stride, layer.OutputCount);
            var columns = rows.ColumnsOf(chunk[i]);
            var values = rows.ValuesOf(chunk[i]);
            for (int k = 0; k < columns.Length; k++)
            {
                var weightsOfInput = weights.Slice(columns[k] * layer.OutputCount, layer.OutputCount);
                VectorKernels.AddScaled(values[k], delta, weightsOfInput);
            }
        }
    }
}
