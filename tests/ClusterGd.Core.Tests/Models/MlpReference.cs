using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Tests.Models;

/// <summary>Softmax cross-entropy in plain loops: enough of a loss to train a classifier with.</summary>
internal sealed class PlainSoftmax : Loss
{
    public override TargetKind TargetKind => TargetKind.Class;

    public override int OutputCount(DataSchema schema) => schema.ClassNames.Length;

    public override double Evaluate(
        ReadOnlySpan<float> outputs_BC, ReadOnlySpan<float> targets_BT, int outputCount, Span<float> derivatives_BC)
    {
        double total = 0;
        for (int i = 0; i < targets_BT.Length; i++)
        {
            var outputs = outputs_BC.Slice(i * outputCount, outputCount);
            var derivatives = derivatives_BC.Slice(i * outputCount, outputCount);
            int target = (int)targets_BT[i];
            float max = outputs[0], sum = 0;
            foreach (float o in outputs) max = MathF.Max(max, o);
            float margin = outputs[target] - max;
            for (int j = 0; j < outputCount; j++) sum += derivatives[j] = Transcendental.Exp(outputs[j] - max);
            for (int j = 0; j < outputCount; j++) derivatives[j] /= sum;
            derivatives[target] -= 1;
            total += Transcendental.Log((double)sum) - margin;
        }
        return total;
    }
}

/// <summary>The gradient of an <see cref="MlpModel"/> by nested loops over single numbers, row after row.</summary>
internal static class MlpReference
{
    public static double Gradient(
        MlpModel model, ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key,
        Span<float> gradient)
    {
        gradient.Clear();
        double loss = 0;
        for (int position = 0; position < rowIndices.Length; position++)
        {
            var input = new float[rows.FeatureCount];
            rows.CopyRow(rowIndices[position], input);
            loss += AddRow(model, parameters, input, rows.TargetsOf(rowIndices[position]), position, key, gradient);
        }
        return loss;
    }

    private static double AddRow(
        MlpModel model, ReadOnlySpan<float> parameters, float[] row, ReadOnlySpan<float> targets, int position,
        in DrawKey key, Span<float> gradient)
    {
        int last = model.Layers.Length - 1;
        var inputs = new float[last + 2][];
        var activations = new float[last + 1][];
        var factors = new float[last + 1][];
        inputs[0] = row;
        foreach (var layer in model.Layers)
        {
            var z = layer.Biases(parameters).ToArray();
            var weights = layer.Weights(parameters);
            for (int j = 0; j < z.Length; j++)
            {
                for (int i = 0; i < layer.InputCount; i++)
                {
                    z[j] = MathF.FusedMultiplyAdd(inputs[layer.Index][i], weights[i * z.Length + j], z[j]);
                }
            }
            activations[layer.Index] = [.. z.Select(x => layer.Index == last ? x : Activation(model.Activation, x))];
            factors[layer.Index] = new float[z.Length];
            for (int j = 0; j < z.Length; j++)
            {
                factors[layer.Index][j] = layer.Index == last || !model.Dropout.IsActive
                    ? 1
                    : model.Dropout.Factor(key, layer.Index, position, z.Length, j);
            }
            inputs[layer.Index + 1] = [.. activations[layer.Index].Zip(factors[layer.Index], (h, f) => f * h)];
        }
        var delta = new float[model.OutputCount];
        double loss = model.Loss.Evaluate(inputs[last + 1], targets, model.OutputCount, delta);
        for (int l = last; l >= 0; l--)
        {
            delta = AddLayer(model, parameters, l, inputs[l], activations, factors, delta, gradient);
        }
        return loss;
    }

    private static float[] AddLayer(
        MlpModel model, ReadOnlySpan<float> parameters, int l, float[] input, float[][] activations, float[][] factors,
        float[] delta, Span<float> gradient)
    {
        var layer = model.Layers[l];
        var weights = layer.Weights(parameters);
        var weightGradient = layer.Weights(gradient);
        var biasGradient = layer.Biases(gradient);
        var next = new float[input.Length];
        for (int j = 0; j < delta.Length; j++) biasGradient[j] += delta[j];
        for (int i = 0; i < input.Length; i++)
        {
            for (int j = 0; j < delta.Length; j++)
            {
                int w = i * delta.Length + j;
                weightGradient[w] = MathF.FusedMultiplyAdd(input[i], delta[j], weightGradient[w]);
                next[i] = MathF.FusedMultiplyAdd(delta[j], weights[w], next[i]);
            }
            if (l > 0) next[i] = Derivative(model.Activation, activations[l - 1][i], next[i] * factors[l - 1][i]);
        }
        return next;
    }

    private static float Activation(MlpActivation activation, float x)
    {
        var lanes = new float[16];
        lanes[0] = x;
        if (activation == MlpActivation.Relu) return x < 0 ? 0 : x;
        MlpActivations.Apply(activation, lanes);
        return lanes[0];
    }

    private static float Derivative(MlpActivation activation, float y, float d) => activation switch
    {
        MlpActivation.Relu => y > 0 ? d : 0,
        MlpActivation.Tanh => d * MathF.FusedMultiplyAdd(-y, y, 1),
        MlpActivation.Sigmoid => d * (y * (1 - y)),
    };
}
