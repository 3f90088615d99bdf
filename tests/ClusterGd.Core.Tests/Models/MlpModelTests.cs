using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Tests.Kernels;
using Xunit;

namespace ClusterGd.Core.Tests.Models;

public class MlpModelTests
{
    private const int Features = 21, Classes = 3, RowCount = 50;
    private static readonly DrawKey s_key = new(Seed: 7, Step: (1L << 32) + 3, Shard: 2);

    private static readonly DataSchema s_schema = new()
    {
        FeatureCount = Features,
        TargetKind = TargetKind.Class,
        ClassNames = ["a", "b", "c"],
    };

    [Theory]
    [InlineData(MlpActivation.Relu, 0)]
    [InlineData(MlpActivation.Relu, 0.3)]
    [InlineData(MlpActivation.Tanh, 0)]
    [InlineData(MlpActivation.Tanh, 0.5)]
    [InlineData(MlpActivation.Sigmoid, 0.1)]
    public void Gradient_OfAMicroBatch_HasTheReferencesBits(MlpActivation activation, double dropout)
    {
        var model = Build([33, 12], activation, dropout);
        var (parameters, rows, indices) = Start(model);
        var (expected, actual) = (new float[model.ParameterCount], new float[model.ParameterCount]);
        double expectedLoss = MlpReference.Gradient(model, parameters, rows, indices, s_key, expected);
        double loss = model.CreateWorker(RowCount).Gradient(parameters, rows, indices, s_key, actual);
        Assert.Equal(expectedLoss, loss);
        AssertSameBits(expected, actual);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(13)]
    [InlineData(16)]
    public void Gradient_InChunks_HasTheBitsOfOneChunk(int rowsMax)
    {
        var model = Build([33, 12], MlpActivation.Relu, dropout: 0.25);
        var (parameters, rows, indices) = Start(model);
        var (whole, chunked) = (new float[model.ParameterCount], new float[model.ParameterCount]);
        double wholeLoss = model.CreateWorker(RowCount).Gradient(parameters, rows, indices, s_key, whole);
        double loss = model.CreateWorker(rowsMax).Gradient(parameters, rows, indices, s_key, chunked);
        Assert.Equal(wholeLoss, loss);
        AssertSameBits(whole, chunked);
    }

    [Fact]
    public void Gradient_CalledTwice_ForgetsTheFirstCall()
    {
        var model = Build([33], MlpActivation.Tanh, dropout: 0.5);
        var (parameters, rows, indices) = Start(model);
        var worker = model.CreateWorker(RowCount);
        var (first, second) = (new float[model.ParameterCount], new float[model.ParameterCount]);
        worker.Gradient(parameters, rows, indices, s_key, first);
        worker.Gradient(parameters, rows, indices.AsSpan(0, 9), s_key with { Step = 4 }, second);
        worker.Gradient(parameters, rows, indices, s_key, second);
        AssertSameBits(first, second);
    }

    [Theory]
    [InlineData(MlpActivation.Tanh)]
    [InlineData(MlpActivation.Sigmoid)]
    public void Gradient_AgainstFiniteDifferences_Agrees(MlpActivation activation)
    {
        var model = Build([9, 7], activation, dropout: 0);
        var (parameters, rows, indices) = Start(model);
        var gradient = new float[model.ParameterCount];
        double loss = model.CreateWorker(RowCount).Gradient(parameters, rows, indices, s_key, gradient);
        var precise = Array.ConvertAll(parameters, p => (double)p);
        Assert.Equal(LossInDouble(model, precise, rows, indices), loss, 1e-4);
        for (int i = 0; i < precise.Length; i += 5)
        {
            double value = precise[i];
            precise[i] = value + 1e-5;
            double above = LossInDouble(model, precise, rows, indices);
            precise[i] = value - 1e-5;
            double below = LossInDouble(model, precise, rows, indices);
            precise[i] = value;
            Assert.Equal((above - below) / 2e-5, gradient[i], 1e-3);
        }
    }

    [Fact]
    public void Gradient_SparseRows_AgreesWithDenseOnes()
    {
        var model = Build([33, 12], MlpActivation.Relu, dropout: 0.2);
        var (parameters, rows, indices) = Start(model);
        var (dense, sparse) = (new float[model.ParameterCount], new float[model.ParameterCount]);
        var worker = model.CreateWorker(16);
        double denseLoss = worker.Gradient(parameters, rows, indices, s_key, dense);
        double sparseLoss = worker.Gradient(parameters, MlpRows.ToSparse(rows), indices, s_key, sparse);
        Assert.Equal(denseLoss, sparseLoss, 1e-9);
        for (int i = 0; i < dense.Length; i++) Assert.Equal(dense[i], sparse[i], 1e-5f);
    }

    [Fact]
    public void Gradient_OfNoRows_IsZero()
    {
        var model = Build([5], MlpActivation.Relu, dropout: 0);
        var (parameters, rows, _) = Start(model);
        var gradient = new float[model.ParameterCount];
        gradient.AsSpan().Fill(1);
        Assert.Equal(0, model.CreateWorker(4).Gradient(parameters, rows, [], s_key, gradient));
        Assert.All(gradient, g => Assert.Equal(0, g));
    }

    [Fact]
    public void Gradient_AfterWarmUp_AllocatesNothing()
    {
        var model = Build([33, 12], MlpActivation.Relu, dropout: 0.2);
        var (parameters, rows, indices) = Start(model);
        var gradient = new float[model.ParameterCount];
        var worker = model.CreateWorker(16);
        Assert.Equal(0, WarmAllocation.LeastBytes(
            () => worker.Gradient(parameters, rows, indices, s_key, gradient)));
    }

    [Fact]
    public void Predict_WithDropout_IgnoresIt()
    {
        var (with, without) = (Build([33, 12], MlpActivation.Relu, 0.5), Build([33, 12], MlpActivation.Relu, 0));
        var (parameters, rows, indices) = Start(with);
        var (a, b) = (new float[20 * Classes], new float[20 * Classes]);
        var worker = with.CreateWorker(7);
        worker.Gradient(parameters, rows, indices, s_key, new float[with.ParameterCount]);
        worker.Predict(parameters, rows, 5, 20, a);
        without.CreateWorker(64).Predict(parameters, MlpRows.ToSparse(rows), 5, 20, b);
        for (int i = 0; i < a.Length; i++) Assert.Equal(a[i], b[i], 1e-5f);
    }

    [Fact]
    public void Predict_OneLayerByHand_IsBiasPlusProduct()
    {
        var schema = s_schema with { FeatureCount = 2, ClassNames = ["a", "b"] };
        var model = new MlpModel(schema, new PlainSoftmax(), [], MlpActivation.Relu, 0, MlpInit.He);
        var outputs = new float[2];
        model.CreateWorker(1).Predict([1, 2, 3, 4, 10, 20], MlpRows.Dense(2, [[5, 7]], [0]), 0, 1, outputs);
        Assert.Equal([36f, 58f], outputs);
    }

    [Fact]
    public void Blocks_TwoLayers_LieInOrderAndPenaliseWeightsOnly()
    {
        var model = Build([4], MlpActivation.Relu, 0);
        string[] names = ["layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias"];
        Assert.Equal(names, model.Blocks.Select(b => b.Name));
        Assert.Equal([0, 84, 88, 100], model.Blocks.Select(b => b.Offset));
        Assert.Equal([true, false, true, false], model.Blocks.Select(b => b.IsPenalised));
        Assert.Equal(103, model.ParameterCount);
    }

    [Theory]
    [InlineData(MlpInit.He, 0.5345225f)]
    [InlineData(MlpInit.Glorot, 0.4899f)]
    public void Initialize_Weights_FillTheLimitAndBiasesAreZero(MlpInit init, float limit)
    {
        var model = new MlpModel(s_schema, new PlainSoftmax(), [4], MlpActivation.Relu, 0, init);
        var parameters = new float[model.ParameterCount];
        model.Initialize(1, MlpRows.Random(1, Features, Classes), parameters);
        var first = parameters[..84];
        Assert.InRange(first.Max(), 0.9f * limit, limit);
        Assert.InRange(first.Min(), -limit, -0.9f * limit);
        Assert.All(parameters[84..88], b => Assert.Equal(0, b));
        Assert.NotEqual(first[..12], parameters[88..100]);
    }

    [Fact]
    public void Dropout_Factors_AreTheOnesOfTheirNames()
    {
        var dropout = new MlpDropout(0.25);
        foreach (int width in new[] { 1, 8, 63, 64, 65, 200 })
        {
            var factors = new float[(width + 15) / 16 * 16];
            dropout.Fill(s_key, layer: 1, position: 5, width, factors);
            for (int u = 0; u < width; u++) Assert.Equal(dropout.Factor(s_key, 1, 5, width, u), factors[u]);
        }
    }

    [Fact]
    public void Dropout_AnotherSeedStepShardLayerOrPosition_HasOtherFactors()
    {
        var dropout = new MlpDropout(0.5);
        string[] masks =
        [
            Mask(s_key, 1, 5), Mask(s_key with { Seed = 8 }, 1, 5), Mask(s_key with { Step = s_key.Step + 1 }, 1, 5),
            Mask(s_key with { Shard = 3 }, 1, 5), Mask(s_key, 2, 5), Mask(s_key, 1, 6),
        ];

        Assert.Equal(masks.Length, masks.Distinct().Count());

        string Mask(DrawKey key, int layer, int position) => string.Concat(
            Enumerable.Range(0, 64).Select(unit => dropout.Factor(key, layer, position, 64, unit) > 0 ? '1' : '0'));
    }

    [Fact]
    public void Dropout_ManyUnits_DropsTheirShareAndScalesTheRest()
    {
        var factors = new float[16_384];
        new MlpDropout(0.25).Fill(s_key, layer: 0, position: 0, factors.Length, factors);
        Assert.InRange(factors.Count(f => f == 0), 3_900, 4_300);
        Assert.All(factors, f => Assert.True(f is 0 or 4f / 3));
    }

    [Fact]
    public void Table_MlpWithOptions_MakesTheModel()
    {
        var component = Component.Of("mlp", ("hidden", new[] { 6, 5 }), ("activation", "tanh"), ("dropout", 0.5));
        var model = (MlpModel)component.Create(Core.Models.Models.All)(s_schema, new PlainSoftmax());
        Assert.Equal([6, 5, Classes], model.Layers.Select(layer => layer.OutputCount));
        Assert.Equal((MlpActivation.Tanh, MlpInit.Glorot), (model.Activation, model.Init));
        Assert.True(model.Dropout.IsActive);
    }

    [Fact]
    public void Construction_TooManyParameters_SaysHowMany()
    {
        var error = Assert.Throws<InputException>(() => Build([1 << 20, 1 << 20], MlpActivation.Relu, 0));
        Assert.Contains("1099535745024 parameters", error.Message, StringComparison.Ordinal);
    }

    private static MlpModel Build(ImmutableArray<int> hidden, MlpActivation activation, double dropout) =>
        new(s_schema, new PlainSoftmax(), hidden, activation, dropout, MlpInit.Glorot);

    private static (float[] Parameters, DenseRows Rows, int[] Indices) Start(MlpModel model)
    {
        var rows = MlpRows.Random(RowCount, Features, Classes);
        var parameters = new float[model.ParameterCount];
        model.Initialize(3, rows, parameters);
        foreach (var layer in model.Layers) layer.Biases(parameters.AsSpan()).Fill(0.05f);
        return (parameters, rows, [.. Enumerable.Range(0, 37).Select(i => i * 7 % RowCount)]);
    }

    private static double LossInDouble(MlpModel model, double[] parameters, Rows rows, int[] indices)
    {
        double loss = 0;
        var row = new float[rows.FeatureCount];
        foreach (int index in indices)
        {
            rows.CopyRow(index, row);
            var h = Array.ConvertAll(row, x => (double)x);
            foreach (var layer in model.Layers)
            {
                var z = new double[layer.OutputCount];
                for (int j = 0; j < z.Length; j++)
                {
                    z[j] = parameters[layer.BiasOffset + j];
                    for (int i = 0; i < h.Length; i++) z[j] += h[i] * parameters[layer.WeightOffset + i * z.Length + j];
                }
                bool isLast = layer.Index == model.Layers.Length - 1;
                h = isLast ? z : Array.ConvertAll(z, x => Activation(model.Activation, x));
            }
            loss += Math.Log(h.Sum(Math.Exp)) - h[(int)rows.TargetsOf(index)[0]];
        }
        return loss;
    }

    private static double Activation(MlpActivation activation, double x) =>
        activation == MlpActivation.Tanh ? Math.Tanh(x) : 1 / (1 + Math.Exp(-x));

    private static void AssertSameBits(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Bits.Of(expected[i]) == Bits.Of(actual[i]),
                $"parameter {i}: {actual[i]:R}, not {expected[i]:R}");
        }
    }
}
