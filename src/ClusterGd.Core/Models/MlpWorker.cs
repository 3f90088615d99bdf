using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// Forward and backward through an <see cref="MlpModel"/>. Every sum is one chain in a fixed order: outputs start at
/// the bias and run over the inputs, weight gradients run over the rows and go on from chunk to chunk. So neither
/// rowsMax nor the tiling of the products changes a bit.
/// </summary>
/// <remarks>Shape suffixes: B = rows of a chunk, U = units of a layer, C = outputs, T = targets.</remarks>
internal sealed partial class MlpWorker : ModelWorker
{
    private readonly MlpModel _model;
    private readonly int _rowsMax;
    private readonly MatrixKernels _matrices = new();
    private readonly int[] _strides;

    // Of each hidden layer: f(z); what the next layer reads; the factors between the two. Without dropout the first
    // two are the same memory.
    private readonly AlignedFloats[] _activations_BU;
    private readonly AlignedFloats[] _inputs_BU;
    private readonly AlignedFloats?[] _factors_BU;
    private readonly AlignedFloats _outputs_BC;
    private readonly float[] _targets_BT;
    private readonly int[] _indices;

    // Derivatives by the outputs of the hidden layers, of even and of odd ones in turn.
    private readonly AlignedFloats[] _deltas_BU;
    private AlignedFloats? _rows_BU;

    public MlpWorker(MlpModel model, int rowsMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsMax, 1);
        _model = model;
        _rowsMax = rowsMax;
        int hidden = model.Layers.Length - 1;
        _strides = [.. model.Layers.Take(hidden).Select(layer => StrideOf(layer.OutputCount))];
        bool hasDropout = model.Dropout.IsActive;
        _activations_BU = [.. _strides.Select(Allocate)];
        _inputs_BU = hasDropout ? [.. _strides.Select(Allocate)] : _activations_BU;
        _factors_BU = [.. _strides.Select(stride => hasDropout ? Allocate(stride) : null)];
        _outputs_BC = Allocate(model.OutputCount);
        _targets_BT = new float[rowsMax * model.Schema.TargetCount];
        _indices = new int[rowsMax];
        int widest = _strides.Append(0).Max();
        _deltas_BU = [Allocate(widest), Allocate(widest)];
    }

    public override double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key,
        Span<float> gradient) => Compute(parameters, rows, rowIndices, key, gradient, null);

    public override double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient,
        IGradientListener listener) => Compute(parameters, rows, rowIndices, key, gradient, listener);

    private double Compute(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient,
        IGradientListener? listener)
    {
        double loss = 0;
        if (rowIndices.IsEmpty)
        {
            gradient.Clear();
            listener?.FinalFrom(0, loss);
        }
        for (int first = 0; first < rowIndices.Length; first += _rowsMax)
        {
            var chunk = rowIndices.Slice(first, Math.Min(_rowsMax, rowIndices.Length - first));
            GatherTargets(rows, chunk);
            var input = rows is DenseRows dense ? Gather(dense, chunk) : default;
            if (_model.Dropout.IsActive) FillFactors(key, first, chunk.Length);
            Forward(parameters, rows, chunk, input, isTraining: true);
            loss = EvaluateLoss(rows, chunk, isFirst: first == 0, loss);
            var told = first + chunk.Length == rowIndices.Length ? listener : null;
            Backward(parameters, rows, chunk, input, isFirst: first == 0, gradient, told, loss);
        }
        return loss;
    }

    public override void Predict(
        ReadOnlySpan<float> parameters, Rows rows, int first, int count, Span<float> outputs_BC)
    {
        for (int start = 0; start < count; start += _rowsMax)
        {
            int length = Math.Min(_rowsMax, count - start);
            for (int i = 0; i < length; i++) _indices[i] = first + start + i;
            var input = rows is DenseRows dense
                ? new Matrix(dense.Values[((first + start) * dense.Stride)..], dense.Stride)
                : default;
            Forward(parameters, rows, _indices.AsSpan(0, length), input, isTraining: false);
            _outputs_BC.Span[..(length * _model.OutputCount)].CopyTo(outputs_BC[(start * _model.OutputCount)..]);
        }
    }

    private void Forward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> chunk, Matrix input, bool isTraining)
    {
        foreach (var layer in _model.Layers)
        {
            bool isLast = layer.Index == _strides.Length;
            int stride = isLast ? layer.OutputCount : _strides[layer.Index];
            var z_BU = (isLast ? _outputs_BC : _activations_BU[layer.Index]).Span[..(chunk.Length * stride)];
            var biases = layer.Biases(parameters);
            for (int i = 0; i < chunk.Length; i++) biases.CopyTo(z_BU[(i * stride)..]);
            if (layer.Index == 0 && rows is SparseRows sparse)
            {
                MultiplySparse(sparse, chunk, layer, parameters, z_BU, stride);
            }
            else
            {
                _matrices.Multiply(
                    false, false, chunk.Length, layer.OutputCount, layer.InputCount, input.Values, input.Stride,
                    layer.Weights(parameters), layer.OutputCount, z_BU, stride, accumulate: true);
            }
            if (isLast) return;
            MlpActivations.Apply(_model.Activation, z_BU);
            input = new Matrix(z_BU, stride);
            if (isTraining && _factors_BU[layer.Index] is { } factors_BU)
            {
                var input_BU = _inputs_BU[layer.Index].Span[..z_BU.Length];
                MlpDropout.Apply(factors_BU.Span, z_BU, input_BU);
                input = new Matrix(input_BU, stride);
            }
        }
    }

    /// <param name="listener">Of the last chunk: what it adds is final.</param>
    private void Backward(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> chunk, Matrix rowsMatrix, bool isFirst,
        Span<float> gradient, IGradientListener? listener, double loss)
    {
        ReadOnlySpan<float> delta_BU = _outputs_BC.Span;
        int stride = _model.OutputCount;
        for (int l = _model.Layers.Length - 1; l >= 0; l--)
        {
            var layer = _model.Layers[l];
            var biases = layer.Biases(gradient);
            if (isFirst) biases.Clear();
            for (int i = 0; i < chunk.Length; i++)
            {
                VectorKernels.Add(biases, delta_BU.Slice(i * stride, layer.OutputCount));
            }
            listener?.FinalFrom(layer.BiasOffset, loss);
            if (l == 0 && rows is SparseRows sparse)
            {
                AddSparse(sparse, chunk, delta_BU, stride, layer, isFirst, gradient);
                listener?.FinalFrom(0, loss);
                return;
            }
            var input = l == 0 ? rowsMatrix : new Matrix(_inputs_BU[l - 1].Span, _strides[l - 1]);
            AddWeights(layer, chunk.Length, input, new Matrix(delta_BU, stride), isFirst, gradient, listener, loss);
            if (l == 0) return;
            int nextStride = _strides[l - 1];
            var next_BU = _deltas_BU[l % 2].Span[..(chunk.Length * nextStride)];
            _matrices.Multiply(
                false, true, chunk.Length, layer.InputCount, layer.OutputCount, delta_BU, stride,
                layer.Weights(parameters), layer.OutputCount, next_BU, nextStride, accumulate: false);
            if (_factors_BU[l - 1] is { } factors_BU) MlpDropout.Apply(factors_BU.Span, next_BU, next_BU);
            MlpActivations.ApplyDerivative(_model.Activation, _activations_BU[l - 1].Span[..next_BU.Length], next_BU);
            delta_BU = next_BU;
            stride = nextStride;
        }
    }

    /// <summary>
    /// Gradient of W += inputᵀ·delta; in blocks of rows where someone listens, the last rows first. Each element is one
    /// chain over the chunk however the rows are split.
    /// </summary>
    private void AddWeights(
        MlpLayer layer, int count, Matrix input, Matrix delta, bool isFirst, Span<float> gradient,
        IGradientListener? listener, double loss)
    {
        int width = layer.OutputCount, end = layer.InputCount;
        for (int cut = listener?.Cuts.Length ?? 0; end > 0;)
        {
            // The next block begins with the row that holds the next cut within this layer.
            int first = end;
            while (first == end && --cut >= 0)
            {
                int at = listener!.Cuts[cut] - layer.WeightOffset;
                first = Math.Min(end, Math.Max(0, at) / width);
            }
            if (cut < 0) first = 0;
            var rows = gradient.Slice(layer.WeightOffset + first * width, (end - first) * width);
            _matrices.Multiply(
                true, false, end - first, width, count, input.Values[first..], input.Stride, delta.Values,
                delta.Stride, rows, width, accumulate: !isFirst);
            end = first;
            listener?.FinalFrom(layer.WeightOffset + first * width, loss);
        }
    }

    /// <summary>
    /// The derivatives of a chunk, over its outputs, and the loss sum. The first chunk goes in one call; later ones row
    /// by row, which continues the one chain of additions that the sum is.
    /// </summary>
    private double EvaluateLoss(Rows rows, ReadOnlySpan<int> chunk, bool isFirst, double loss)
    {
        if (!rows.Weights.IsEmpty) return EvaluateWeighted(rows, chunk, loss);
        int count = chunk.Length;
        int width = _model.OutputCount, targetCount = _model.Schema.TargetCount, step = isFirst ? count : 1;
        for (int i = 0; i < count; i += step)
        {
            var outputs = _outputs_BC.Span.Slice(i * width, step * width);
            loss += _model.Loss.Evaluate(
                outputs, _targets_BT.AsSpan(i * targetCount, step * targetCount), width, outputs);
        }
        return loss;
    }

    /// <summary>Row by row, in every chunk.</summary>
    private double EvaluateWeighted(Rows rows, ReadOnlySpan<int> chunk, double loss)
    {
        int width = _model.OutputCount, targetCount = _model.Schema.TargetCount;
        for (int i = 0; i < chunk.Length; i++)
        {
            var outputs = _outputs_BC.Span.Slice(i * width, width);
            loss += _model.Loss.EvaluateWeighted(
                outputs, _targets_BT.AsSpan(i * targetCount, targetCount), [rows.Weights[chunk[i]]], width, outputs);
        }
        return loss;
    }

    private void FillFactors(in DrawKey key, int position, int count)
    {
        for (int l = 0; l < _strides.Length; l++)
        {
            for (int i = 0; i < count; i++)
            {
                var factors = _factors_BU[l]!.Span.Slice(i * _strides[l], _strides[l]);
                _model.Dropout.Fill(key, l, position + i, _model.Layers[l].OutputCount, factors);
            }
        }
    }

    private AlignedFloats Allocate(int stride) => new(checked(_rowsMax * stride));

    /// <summary>
    /// Rows a multiple of 4 KiB apart share a set of the first-level cache: a tile's would evict each other.
    /// </summary>
    private static int StrideOf(int width)
    {
        int stride = DenseRows.StrideOf(width);
        return stride % 1024 == 0 ? stride + VectorKernels.Lanes : stride;
    }

    private readonly ref struct Matrix(ReadOnlySpan<float> values, int stride)
    {
        public readonly ReadOnlySpan<float> Values = values;
        public readonly int Stride = stride;
    }
}
