using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Randomness;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Models;

/// <summary>A network's gradient, heard while it is computed.</summary>
public class GradientInPartsTests
{
    private const int Features = 21, Classes = 3, RowCount = 50;
    private static readonly DrawKey s_key = new(Seed: 7, Step: 3, Shard: 2);

    private static readonly DataSchema s_schema = new()
    {
        FeatureCount = Features, TargetKind = TargetKind.Class, ClassNames = ["a", "b", "c"],
    };

    [Fact]
    public void Gradient_AnyCutsAndChunks_IsFinalFromWhereItSays() =>
        Gen.Select(Gen.Int[0, 900].Array[0, 9], Gen.Int[1, RowCount], Gen.Bool, Gen.Bool).Sample(
            (cuts, rowsMax, isSparse, hasDropout) =>
            {
                var model = Build(hasDropout ? 0.25 : 0);
                var (whole, lossSum) = Compute(model, RowCount, isSparse, null);
                var gradient = new float[model.ParameterCount];
                var listener = new Listener(
                    [.. cuts.Where(cut => cut < model.ParameterCount).Append(0).Distinct().Order()], (first, loss) =>
                    {
                        Assert.Equal(lossSum, loss);
                        Assert.True(Bits.AreEqual(whole.AsSpan(first), gradient.AsSpan(first)), $"not final: {first}");
                    });
                Compute(model, rowsMax, isSparse, listener, gradient);

                Assert.Equal(listener.Told.Order().Reverse(), listener.Told);
                Assert.Equal(0, listener.Told[^1]);
            });

    [Fact]
    public void Gradient_CutsWithinLayers_AreToldOfWithTheRowThatHasThem()
    {
        var model = Build(dropout: 0);
        // Weights of 21 × 20 with biases, 20 × 12 with biases, 12 × 3 with biases.
        var listener = new Listener([0, 45, 300, 440, 450, 692, 694], (_, _) => { });
        Compute(model, RowCount, isSparse: false, listener);

        Assert.Equal([728, 692, 680, 440, 420, 300, 40, 0], listener.Told.Distinct());
    }

    [Fact]
    public void Gradient_NoRows_IsFinalAtOnce()
    {
        var listener = new Listener([0, 45], (_, loss) => Assert.Equal(0, loss));
        var model = Build(dropout: 0);
        model.CreateWorker(4).Gradient(
            new float[model.ParameterCount], MlpRows.Random(1, Features, Classes), [], s_key,
            new float[model.ParameterCount], listener);

        Assert.Equal([0], listener.Told);
    }

    [Fact]
    public void Gradient_LinearModel_IsToldOfOnceAtTheEnd()
    {
        var model = new LinearModel(s_schema, new PlainSoftmax(), hasBias: true);
        var listener = new Listener([0, 45], (_, _) => { });
        Compute(model, RowCount, isSparse: false, listener);

        Assert.False(model.HasGradientInParts);
        Assert.Equal([0], listener.Told);
    }

    private static MlpModel Build(double dropout) =>
        new(s_schema, new PlainSoftmax(), [20, 12], MlpActivation.Tanh, dropout, MlpInit.Glorot);

    private static (float[] Gradient, double LossSum) Compute(
        Model model, int rowsMax, bool isSparse, Listener? listener, float[]? gradient = null)
    {
        gradient ??= new float[model.ParameterCount];
        DenseRows dense = MlpRows.Random(RowCount, Features, Classes);
        Rows rows = isSparse ? MlpRows.ToSparse(dense) : dense;
        var parameters = new float[model.ParameterCount];
        model.Initialize(3, rows, parameters);
        int[] indices = [.. Enumerable.Range(0, 37).Select(i => i * 7 % RowCount)];
        var worker = model.CreateWorker(rowsMax);
        double lossSum = listener is null
            ? worker.Gradient(parameters, rows, indices, s_key, gradient)
            : worker.Gradient(parameters, rows, indices, s_key, gradient, listener);
        return (gradient, lossSum);
    }

    private sealed class Listener(int[] cuts, Action<int, double> check) : IGradientListener
    {
        public List<int> Told { get; } = [];

        public ReadOnlySpan<int> Cuts => cuts;

        public void FinalFrom(int first, double lossSum)
        {
            Told.Add(first);
            check(first, lossSum);
        }
    }
}
