using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// Assigns rows to centroids. The nearest is the one with the least ‖c‖² − 2·x·c, the lower index on a tie; each
/// product is one chain of fused multiply-adds over the features, so dense and sparse rows, and any chunks, agree.
/// </summary>
/// <remarks>Shape suffixes: B = rows of a chunk, K = clusters, F = features padded to a multiple of 16.</remarks>
public sealed class KMeansWorker : ModelWorker
{
    private readonly KMeansModel _model;
    private readonly int _rowsMax;
    private readonly MatrixKernels _matrices = new();
    private readonly float[] _squaredNorms_K;
    private readonly AlignedFloats _products_BK;
    private readonly AlignedFloats _row_F;
    private readonly int[] _indices_B, _nearest_B;
    private AlignedFloats? _rows_BF, _centroids_FK;

    internal KMeansWorker(KMeansModel model, int rowsMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        _model = model;
        _rowsMax = rowsMax;
        _squaredNorms_K = new float[model.ClusterCount];
        _products_BK = new AlignedFloats(checked(rowsMax * model.ClusterCount));
        _row_F = new AlignedFloats(DenseRows.StrideOf(model.FeatureCount));
        _indices_B = new int[rowsMax];
        _nearest_B = new int[rowsMax];
    }

    /// <summary>
    /// Overwrites <paramref name="gradient"/> with, for each centroid, the sum of its rows and their number, added in
    /// row order; returns the sum of the squared distances. A row with a weight counts as often as that says.
    /// </summary>
    public override double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient)
    {
        gradient.Clear();
        Prepare(parameters, rows);
        double total = 0;
        for (int start = 0; start < rowIndices.Length; start += _rowsMax)
        {
            var chunk = rowIndices.Slice(start, Math.Min(_rowsMax, rowIndices.Length - start));
            FindNearest(parameters, rows, chunk);
            for (int i = 0; i < chunk.Length; i++)
            {
                // Leaves the row in _row_F, from where AddRow takes a dense one.
                double distance = SquaredDistance(parameters, rows, chunk[i], _nearest_B[i]);
                var sum = gradient.Slice(_nearest_B[i] * _model.Width, _model.Width);
                if (rows.Weights.IsEmpty)
                {
                    total += distance;
                    AddRow(rows, chunk[i], sum);
                }
                else if (rows.Weights[chunk[i]] is > 0 and var weight)
                {
                    total += weight * distance;
                    AddWeighted(rows, chunk[i], weight, sum);
                }
            }
        }
        return total;
    }

    /// <summary>Writes the squared distance of each row to its nearest centroid.</summary>
    public override void Predict(
        ReadOnlySpan<float> parameters, Rows rows, int first, int count, Span<float> outputs_BC)
    {
        Prepare(parameters, rows);
        for (int start = 0; start < count; start += _rowsMax)
        {
            var chunk = Chunk(first + start, Math.Min(_rowsMax, count - start));
            FindNearest(parameters, rows, chunk);
            for (int i = 0; i < chunk.Length; i++)
            {
                outputs_BC[start + i] = (float)SquaredDistance(parameters, rows, chunk[i], _nearest_B[i]);
            }
        }
    }

    /// <summary>Writes the index of each row's nearest centroid, rows first … first + clusters.Length − 1.</summary>
    public void Assign(ReadOnlySpan<float> parameters, Rows rows, int first, Span<int> clusters)
    {
        Prepare(parameters, rows);
        for (int start = 0; start < clusters.Length; start += _rowsMax)
        {
            var chunk = Chunk(first + start, Math.Min(_rowsMax, clusters.Length - start));
            FindNearest(parameters, rows, chunk);
            _nearest_B.AsSpan(0, chunk.Length).CopyTo(clusters[start..]);
        }
    }

    private ReadOnlySpan<int> Chunk(int first, int count)
    {
        for (int i = 0; i < count; i++) _indices_B[i] = first + i;
        return _indices_B.AsSpan(0, count);
    }

    private void Prepare(ReadOnlySpan<float> parameters, Rows rows)
    {
        for (int c = 0; c < _squaredNorms_K.Length; c++)
        {
            var centroid = Centroid(parameters, c);
            _squaredNorms_K[c] = VectorKernels.Dot(centroid, centroid);
        }
        if (rows is DenseRows dense) _rows_BF ??= new AlignedFloats(checked(_rowsMax * dense.Stride));
        else TransposeCentroids(parameters);
    }

    /// <summary>Centroids as columns, so that a non-zero of a sparse row meets all of them at once.</summary>
    private void TransposeCentroids(ReadOnlySpan<float> parameters)
    {
        int clusters = _model.ClusterCount;
        _centroids_FK ??= new AlignedFloats(checked(_model.FeatureCount * clusters));
        var columns = _centroids_FK.Span;
        for (int c = 0; c < clusters; c++)
        {
            var centroid = Centroid(parameters, c);
            for (int j = 0; j < centroid.Length; j++) columns[j * clusters + c] = centroid[j];
        }
    }

    private void FindNearest(ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> chunk)
    {
        int clusters = _model.ClusterCount;
        var products = _products_BK.Span[..(chunk.Length * clusters)];
        if (rows is DenseRows dense)
        {
            var block = _rows_BF!.Span;
            for (int i = 0; i < chunk.Length; i++) dense.Row(chunk[i]).CopyTo(block[(i * dense.Stride)..]);
            _matrices.Multiply(
                false, true, chunk.Length, clusters, _model.FeatureCount, block, dense.Stride,
                parameters, _model.Width, products, clusters, accumulate: false);
        }
        else
        {
            MultiplySparse((SparseRows)rows, chunk, products);
        }
        for (int i = 0; i < chunk.Length; i++) _nearest_B[i] = Nearest(products.Slice(i * clusters, clusters));
    }

    private void MultiplySparse(SparseRows rows, ReadOnlySpan<int> chunk, Span<float> products)
    {
        int clusters = _model.ClusterCount;
        products.Clear();
        for (int i = 0; i < chunk.Length; i++)
        {
            var columns = rows.ColumnsOf(chunk[i]);
            var values = rows.ValuesOf(chunk[i]);
            var sums = products.Slice(i * clusters, clusters);
            for (int k = 0; k < columns.Length; k++)
            {
                VectorKernels.AddScaled(values[k], _centroids_FK!.Span.Slice(columns[k] * clusters, clusters), sums);
            }
        }
    }

    private int Nearest(ReadOnlySpan<float> products)
    {
        int nearest = 0;
        float least = float.PositiveInfinity;
        for (int c = 0; c < products.Length; c++)
        {
            float score = MathF.FusedMultiplyAdd(-2, products[c], _squaredNorms_K[c]);
            if (!(score < least)) continue;
            least = score;
            nearest = c;
        }
        return nearest;
    }

    /// <summary>Σ (x − c)², not the score: a difference of large numbers could come out negative.</summary>
    private double SquaredDistance(ReadOnlySpan<float> parameters, Rows rows, int row, int cluster)
    {
        rows.CopyRow(row, _row_F.Span);
        return VectorKernels.SquaredDistance(_row_F.Span[.._model.FeatureCount], Centroid(parameters, cluster));
    }

    private void AddRow(Rows rows, int row, Span<float> sum)
    {
        if (rows is SparseRows sparse)
        {
            var columns = sparse.ColumnsOf(row);
            var values = sparse.ValuesOf(row);
            for (int k = 0; k < columns.Length; k++) sum[columns[k]] += values[k];
        }
        else
        {
            VectorKernels.Add(sum[.._model.FeatureCount], _row_F.Span[.._model.FeatureCount]);
        }
        sum[_model.FeatureCount]++;
    }

    /// <summary>The row counts as many times as its weight says.</summary>
    private void AddWeighted(Rows rows, int row, float weight, Span<float> sum)
    {
        if (rows is SparseRows sparse)
        {
            SparseRowKernels.AddScaled(weight, sparse.ColumnsOf(row), sparse.ValuesOf(row), sum);
        }
        else
        {
            VectorKernels.AddScaled(weight, _row_F.Span[.._model.FeatureCount], sum[.._model.FeatureCount]);
        }
        sum[_model.FeatureCount] += weight;
    }

    private ReadOnlySpan<float> Centroid(ReadOnlySpan<float> parameters, int cluster) =>
        parameters.Slice(cluster * _model.Width, _model.FeatureCount);
}
