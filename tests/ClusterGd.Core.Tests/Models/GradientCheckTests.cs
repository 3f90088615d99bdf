using ClusterGd.Core.Data;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;
using LossTable = ClusterGd.Core.Losses.Losses;
using ModelTable = ClusterGd.Core.Models.Models;

namespace ClusterGd.Core.Tests.Models;

/// <summary>
/// Central differences of the loss that a worker returns against the gradient that it writes: every model with every
/// loss, on dense and on sparse rows.
/// </summary>
public class GradientCheckTests
{
    private const int Features = 6, CandidateRows = 60, UsedRowsMin = 12;
    private const float Half = 1f / 256;
    private static readonly DrawKey s_key = new(Seed: 3, Step: 5, Shard: 1);

    private static readonly (string Name, Component Component)[] s_models =
    [
        ("linear", Component.Of("linear")),
        ("linear without bias", Component.Of("linear", ("bias", false))),
        ("mlp relu", Component.Of("mlp", ("hidden", new[] { 5, 4 }), ("activation", "relu"))),
        ("mlp tanh", Component.Of("mlp", ("hidden", new[] { 5, 4 }), ("activation", "tanh"))),
        ("mlp sigmoid", Component.Of("mlp", ("hidden", new[] { 5 }), ("activation", "sigmoid"))),
        ("mlp with dropout", Component.Of("mlp", ("hidden", new[] { 9 }), ("activation", "tanh"), ("dropout", 0.25))),
    ];

    public static TheoryData<string, string, int, bool> Cases()
    {
        var data = new TheoryData<string, string, int, bool>();
        foreach (var (model, _) in s_models)
        {
            foreach (var loss in LossTable.All)
            {
                var kind = loss.Create(new OptionValues(loss.Options, Component.Of("").Options)).TargetKind;
                foreach (int targets in kind is TargetKind.Number or TargetKind.Labels ? (int[])[1, 3] : [1])
                {
                    data.Add(model, loss.Name, targets, false);
                    data.Add(model, loss.Name, targets, true);
                }
            }
        }
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Gradient_OfEveryModelAndLoss_IsTheSlopeOfItsLoss(
        string modelName, string lossName, int targets, bool isSparse)
    {
        var loss = Component.Of(lossName).Create(LossTable.All);
        var schema = new DataSchema
        {
            FeatureCount = Features,
            TargetKind = loss.TargetKind,
            ClassNames = loss.TargetKind == TargetKind.Number ? [] : ["a", "b", "c"],
            TargetCount = targets,
        };
        var create = s_models.First(m => m.Name == modelName).Component.Create(ModelTable.All);
        var model = create(schema, loss);
        var rows = MakeRows(loss.TargetKind, targets, isSparse);
        var parameters = Floats(model.ParameterCount, 17);
        var worker = model.CreateWorker(CandidateRows);
        int[] smooth = SmoothRows(worker, parameters, rows);
        Assert.True(smooth.Length >= UsedRowsMin, $"only {smooth.Length} of {CandidateRows} rows are free of kinks");
        var gradient = new float[parameters.Length];

        worker.Gradient(parameters, rows, smooth, s_key, gradient);

        var scratch = new float[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            double slope = Slope(at => worker.Gradient(at, rows, smooth, s_key, scratch), parameters, i);
            Assert.True(
                Math.Abs(slope - gradient[i]) <= 2e-3 * (1 + Math.Abs(slope)),
                $"{modelName}, {lossName}: parameter {i} has the slope {slope}, but the gradient {gradient[i]}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_OfKMeans_IsTheSlopeOfTheInertia(bool isSparse)
    {
        // Far from a tie no row changes its centroid, and the inertia's slope is 2·(count·centroid − sum).
        const int clusters = 3;
        var points = Floats(CandidateRows * 2, 5).Chunk(2).Select((p, i) => new[]
        {
            p[0] + (i % clusters == 1 ? 4 : 0), p[1] + (i % clusters == 2 ? 4 : 0),
        });
        var dense = MlpRows.Dense(2, [.. points], new float[CandidateRows]);
        Rows rows = isSparse ? MlpRows.ToSparse(dense) : dense;
        float[] parameters = [0.25f, -0.125f, 7, 3.75f, 0.5f, 0, -0.5f, 4.25f, 2];
        var worker = new KMeansModel(2, clusters).CreateWorker(16);
        int[] all = Order(CandidateRows);
        float[] sums = new float[parameters.Length], scratch = new float[parameters.Length];

        worker.Gradient(parameters, rows, all, s_key, sums);

        for (int i = 0; i < parameters.Length; i++)
        {
            bool isCount = i % 3 == 2;
            double expected = isCount ? 0 : 2 * ((double)sums[i / 3 * 3 + 2] * parameters[i] - sums[i]);
            double slope = Slope(at => worker.Gradient(at, rows, all, s_key, scratch), parameters, i);
            Assert.True(
                Math.Abs(slope - expected) <= 1e-3 * (1 + Math.Abs(slope)),
                $"parameter {i} has the slope {slope}, but its sum and count say {expected}");
        }
    }

    [Fact]
    public void Cases_OfThisClass_NameEveryModel() => Assert.Equal(
        ModelTable.All.Select(kind => kind.Name).Order(),
        s_models.Select(m => m.Component.Kind).Append(KMeansModel.Kind.Name).Distinct().Order());

    private static double Slope(Func<float[], double> loss, float[] parameters, int index)
    {
        float[] up = [.. parameters], down = [.. parameters];
        up[index] += Half;
        down[index] -= Half;
        return (loss(up) - loss(down)) / ((double)up[index] - down[index]);
    }

    /// <summary>
    /// The rows whose gradient bends but does not jump between the ends of any difference: at a kink of hinge, quantile
    /// or relu there is no slope to compare with. A smooth gradient's second difference is of the order of Half².
    /// </summary>
    private static int[] SmoothRows(ModelWorker worker, float[] parameters, Rows rows)
    {
        var (below, here, above) =
            (new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]);
        return [.. Enumerable.Range(0, rows.Count).Where(row =>
        {
            worker.Gradient(parameters, rows, [row], s_key, here);
            for (int i = 0; i < parameters.Length; i++)
            {
                float[] up = [.. parameters], down = [.. parameters];
                up[i] += Half;
                down[i] -= Half;
                worker.Gradient(up, rows, [row], s_key, above);
                worker.Gradient(down, rows, [row], s_key, below);
                for (int j = 0; j < here.Length; j++)
                {
                    if (Math.Abs(above[j] - 2 * here[j] + below[j]) > 1e-3f) return false;
                }
            }
            return true;
        })];
    }

    private static Rows MakeRows(TargetKind kind, int targets, bool isSparse)
    {
        var starts = new List<int> { 0 };
        var columns = new List<int>();
        var values = new List<float>();
        var dense = new AlignedFloats(CandidateRows * DenseRows.StrideOf(Features));
        var x = Floats(CandidateRows * Features, 23);
        for (int i = 0; i < x.Length; i++)
        {
            float value = i % 3 == 0 ? 0 : 3 * x[i];
            dense.Span[i / Features * DenseRows.StrideOf(Features) + i % Features] = value;
            if (value != 0) columns.Add(i % Features);
            if (value != 0) values.Add(value);
            if (i % Features == Features - 1) starts.Add(columns.Count);
        }
        var labels = Enumerable.Range(0, CandidateRows * targets).Select(i => kind switch
        {
            TargetKind.Number => i * 29 % 17 / 4f,
            TargetKind.BinaryClass or TargetKind.Labels => i * 5 % 7 % 2,
            _ => (float)(i * 5 % 7 % 3),
        }).ToArray();
        return isSparse
            ? new SparseRows(CandidateRows, Features, [.. starts], [.. columns], [.. values], labels, targets)
            : new DenseRows(CandidateRows, Features, dense, labels, targets);
    }
}
