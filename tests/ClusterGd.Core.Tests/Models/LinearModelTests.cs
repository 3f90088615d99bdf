using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Models;

public class LinearModelTests
{
    [Fact]
    public void Table_LinearWithoutOptions_HasAWeightAndABias()
    {
        var model = Component.Of("linear").Create(Core.Models.Models.All)(Schema(3, 2), new LinearTestLoss());

        Assert.Equal(["weight", "bias"], model.Blocks.Select(b => b.Name));
        Assert.Equal([3, 2], model.Blocks[0].Shape.AsEnumerable());
        Assert.Equal([2], model.Blocks[1].Shape.AsEnumerable());
        Assert.True(model.Blocks[0].IsPenalised);
        Assert.False(model.Blocks[1].IsPenalised);
        Assert.Equal(8, model.ParameterCount);
    }

    [Fact]
    public void Table_LinearWithoutBias_HasAWeightOnly()
    {
        var create = Component.Of("linear", ("bias", false)).Create(Core.Models.Models.All);

        var model = create(Schema(3, 1), new LinearTestLoss());

        Assert.Equal(["weight"], model.Blocks.Select(b => b.Name));
        Assert.Equal(3, model.ParameterCount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_TwoRowsByHand_IsErrorTimesRow(bool isSparse)
    {
        // Outputs 1·1 + 2·2 + 10 = 15 and 3·1 + 4·2 + 10 = 21; errors 5 and 1.
        var rows = MakeRows([[1, 2], [3, 4]], [[10], [20]], isSparse);
        var gradient = new float[3];

        double loss = Worker(2, 1, true).Gradient([1, 2, 10], rows, [0, 1], default, gradient);

        Assert.Equal([5 * 1 + 1 * 3, 5 * 2 + 1 * 4, 6], gradient);
        Assert.Equal(13, loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Predict_TwoOutputs_IsRowTimesWeightPlusBias(bool isSparse)
    {
        var rows = MakeRows([[9, 9], [1, 2], [3, 4]], [[0, 0], [0, 0], [0, 0]], isSparse);
        var outputs = new float[4];

        Worker(2, 2, true).Predict([1, 10, 2, 20, 100, 200], rows, 1, 2, outputs);

        Assert.Equal([105, 250, 111, 310], outputs);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Gradient_ManyRowsInAnyOrder_IsOneChainOverTheRows(bool isSparse, int outputCount)
    {
        // More rows than a chunk has, so the chains must go on across chunks.
        const int count = 700, features = 37;
        var rows = Synthetic(count, features, outputCount, isSparse);
        var order = Order(count);
        var parameters = Floats((features + 1) * outputCount, 9);

        var gradient = new float[parameters.Length];
        double loss = Worker(features, outputCount, true).Gradient(parameters, rows, order, default, gradient);

        var (expected, expectedLoss) = PlainGradient(parameters, rows, order, outputCount);
        Assert.Equal(expected, gradient);
        Assert.Equal(expectedLoss, loss, 1e-9 * expectedLoss);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Gradient_AnyRowsMax_HasTheSameBits(bool isSparse, int outputCount)
    {
        var rows = Synthetic(300, 20, outputCount, isSparse);
        var order = Enumerable.Range(0, 300).Reverse().ToArray();
        var parameters = Floats(21 * outputCount, 3);
        var model = new LinearModel(Schema(20, outputCount), new LinearTestLoss(), hasBias: true);
        float[] few = new float[parameters.Length], many = new float[parameters.Length];

        double fewLoss = model.CreateWorker(1).Gradient(parameters, rows, order, default, few);
        double manyLoss = model.CreateWorker(4096).Gradient(parameters, rows, order, default, many);

        Assert.Equal(many, few);
        Assert.Equal(manyLoss, fewLoss);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Gradient_AfterTheFirst_AllocatesNothing(bool isSparse, int outputCount)
    {
        var rows = Synthetic(300, 20, outputCount, isSparse);
        int[] order = [.. Enumerable.Range(0, 300).Reverse()];
        var parameters = Floats(21 * outputCount, 3);
        var gradient = new float[parameters.Length];
        var worker = Worker(20, outputCount, true);
        worker.Gradient(parameters, rows, order, default, gradient);

        long before = GC.GetAllocatedBytesForCurrentThread();
        worker.Gradient(parameters, rows, order, default, gradient);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Gradient_NoRows_IsZero()
    {
        var gradient = Floats(4, 1);

        double loss = Worker(3, 1, true).Gradient([1, 2, 3, 4], Synthetic(5, 3, 1, false), [], default, gradient);

        Assert.Equal([0, 0, 0, 0], gradient);
        Assert.Equal(0, loss);
    }

    [Fact]
    public void Gradient_RowBeyondTheLast_IsRefused() => Assert.ThrowsAny<Exception>(
        () => Worker(3, 1, true).Gradient([1, 2, 3, 4], Synthetic(5, 3, 1, false), [5], default, new float[4]));

    /// <summary>What the class says of itself, row by row.</summary>
    private static (float[] Gradient, double Loss) PlainGradient(
        float[] parameters, Rows rows, int[] order, int outputCount)
    {
        int features = rows.FeatureCount;
        var gradient = new float[parameters.Length];
        var x = new float[DenseRows.StrideOf(features)];
        double loss = 0;
        foreach (int row in order)
        {
            rows.CopyRow(row, x);
            for (int c = 0; c < outputCount; c++)
            {
                var weights = new float[x.Length];
                for (int f = 0; f < features; f++) weights[f] = parameters[f * outputCount + c];
                float output = (rows, outputCount) switch
                {
                    (DenseRows, 1) => ReferenceKernels.Dot(x, weights),
                    (SparseRows s, 1) => ReferenceKernels.SparseDot(s.ColumnsOf(row), s.ValuesOf(row), weights),
                    _ => x.Zip(weights).Aggregate(0f, (sum, p) => MathF.FusedMultiplyAdd(p.First, p.Second, sum)),
                };
                float error = output + parameters[features * outputCount + c] - rows.TargetsOf(row)[c];
                loss += 0.5 * error * error;
                for (int f = 0; f < features; f++)
                {
                    gradient[f * outputCount + c] = MathF.FusedMultiplyAdd(x[f], error, gradient[f * outputCount + c]);
                }
                gradient[features * outputCount + c] += error;
            }
        }
        return (gradient, loss);
    }

    private static ModelWorker Worker(int features, int outputs, bool hasBias) =>
        new LinearModel(Schema(features, outputs), new LinearTestLoss(), hasBias).CreateWorker(64);

    private static DataSchema Schema(int features, int targets) => new()
    { FeatureCount = features, TargetKind = TargetKind.Number, TargetCount = targets };

    private static Rows Synthetic(int count, int features, int targets, bool isSparse)
    {
        var x = Floats(count * features, 1).Chunk(features).ToArray();
        if (isSparse)
        {
            foreach (var row in x)
            {
                for (int f = 0; f < features; f++) row[f] = row[f] < 0.2f ? 0 : row[f];
            }
        }
        return MakeRows(x, [.. Floats(count * targets, 2).Chunk(targets)], isSparse);
    }

    private static Rows MakeRows(float[][] x, float[][] targets, bool isSparse)
    {
        int features = x[0].Length;
        float[] flatTargets = [.. targets.SelectMany(t => t)];
        if (isSparse)
        {
            var starts = new int[x.Length + 1];
            var columns = new List<int>();
            var values = new List<float>();
            for (int i = 0; i < x.Length; i++)
            {
                for (int f = 0; f < features; f++)
                {
                    if (x[i][f] == 0) continue;
                    columns.Add(f);
                    values.Add(x[i][f]);
                }
                starts[i + 1] = columns.Count;
            }
            return new SparseRows(
                x.Length, features, starts, [.. columns], [.. values], flatTargets, targets[0].Length);
        }
        var dense = new AlignedFloats(x.Length * DenseRows.StrideOf(features));
        for (int i = 0; i < x.Length; i++) x[i].CopyTo(dense.Span[(i * DenseRows.StrideOf(features))..]);
        return new DenseRows(x.Length, features, dense, flatTargets, targets[0].Length);
    }
}
