using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Tests.Kernels;
using Xunit;

namespace ClusterGd.Core.Tests.Models;

public class KMeansModelTests
{
    private static readonly DrawKey s_key = new(1, 0, 0);
    private static readonly UpdateStep s_step =
        new(1, LearningRate: 9, GradientScale: 9, ClipValue: 1e-9f, L2: 9, L1: 9);

    [Fact]
    public void Gradient_ByHand_IsSumsAndCountsOfTheNearestRows()
    {
        var model = new KMeansModel(2, 2);
        float[] parameters = [0, 0, 0, 10, 10, 0];
        var rows = MlpRows.Dense(2, [[1, 0], [0, 2], [10, 12]], [0, 0, 0]);
        var gradient = new float[6];
        double inertia = model.CreateWorker(2).Gradient(parameters, rows, [0, 1, 2], s_key, gradient);
        Assert.Equal(1 + 4 + 4, inertia);
        Assert.Equal([1f, 2f, 2f, 10f, 12f, 1f], gradient);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_OfManyRows_HasTheReferencesBits(bool isSparse)
    {
        var (model, parameters, dense, indices) = Start();
        Rows rows = isSparse ? MlpRows.ToSparse(dense) : dense;
        var (expected, actual) = (new float[model.ParameterCount], new float[model.ParameterCount]);
        double expectedInertia = ReferenceGradient(model, parameters, dense, indices, expected);
        double inertia = model.CreateWorker(16).Gradient(parameters, rows, indices, s_key, actual);
        Assert.Equal(expectedInertia, inertia);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Gradient_RowBetweenTwoCentroids_GoesToTheLowerIndex()
    {
        var model = new KMeansModel(1, 3);
        var gradient = new float[6];
        model.CreateWorker(1).Gradient([9, 0, 1, 0, -1, 0], MlpRows.Dense(1, [[0]], [0]), [0], s_key, gradient);
        Assert.Equal([0f, 0f, 0f, 1f, 0f, 0f], gradient);
    }

    [Fact]
    public void Gradient_AfterWarmUp_AllocatesNothing()
    {
        var (model, parameters, rows, indices) = Start();
        var (gradient, worker) = (new float[model.ParameterCount], model.CreateWorker(16));
        Assert.Equal(0, WarmAllocation.LeastBytes(
            () => worker.Gradient(parameters, rows, indices, s_key, gradient)));
    }

    [Fact]
    public void Predict_AndAssign_GiveDistanceAndIndexOfTheNearest()
    {
        var worker = new KMeansModel(1, 2).CreateWorker(2);
        var rows = MlpRows.Dense(1, [[99], [1], [8], [13]], [0, 0, 0, 0]);
        var (outputs, clusters) = (new float[3], new int[3]);
        worker.Predict([0, 0, 10, 0], rows, 1, 3, outputs);
        worker.Assign([0, 0, 10, 0], rows, 1, clusters);
        Assert.Equal([1f, 4f, 9f], outputs);
        Assert.Equal([0, 1, 1], clusters);
    }

    [Fact]
    public void UpdateRule_StepAfterStep_KeepsTheMeanOfAllRowsTaken()
    {
        var rule = new KMeansModel(1, 1).OwnUpdateRule;
        float[] parameters = [100, 0];
        rule.Apply(s_step, parameters, [], [], [2 + 4, 2]);
        Assert.Equal([3f, 2f], parameters);
        rule.Apply(s_step, parameters, [], [], [9 + 9, 2]);
        Assert.Equal([6f, 4f], parameters);
    }

    [Fact]
    public void UpdateRule_CentroidWithoutRows_Stays()
    {
        float[] parameters = [5, 3, 7, 0];
        new KMeansModel(1, 2).OwnUpdateRule.Apply(s_step, parameters, [], [], [0, 0, 0, 0]);
        Assert.Equal([5f, 3f, 7f, 0f], parameters);
    }

    [Fact]
    public void UpdateRule_OnSlicesOfWholeCentroids_ChangesNoBit()
    {
        var (model, parameters, rows, indices) = Start();
        var gradient = new float[model.ParameterCount];
        model.CreateWorker(64).Gradient(parameters, rows, indices, s_key, gradient);
        var sliced = (float[])parameters.Clone();
        model.OwnUpdateRule.Apply(s_step, parameters, [], [], gradient);
        int cut = 2 * model.SliceAlignment;
        model.OwnUpdateRule.Apply(s_step, sliced.AsSpan(0, cut), [], [], gradient.AsSpan(0, cut));
        model.OwnUpdateRule.Apply(s_step, sliced.AsSpan(cut), [], [], gradient.AsSpan(cut));
        Assert.Equal(parameters, sliced);
    }

    [Fact]
    public void Training_OnThreeBlobs_FindsTheirCentres()
    {
        var rows = Blobs(300, [[0, 0], [20, 0], [0, 20]]);
        var model = new KMeansModel(2, 3);
        var worker = model.CreateWorker(64);
        var (parameters, gradient) = (new float[9], new float[9]);
        model.Initialize(seed: 5, rows, parameters);
        double before = worker.Gradient(parameters, rows, [.. Enumerable.Range(0, 300)], s_key, gradient);
        for (int step = 0; step < 30; step++)
        {
            int[] batch = [.. Enumerable.Range(0, 30).Select(i => (step * 30 + i) % 300)];
            worker.Gradient(parameters, rows, batch, s_key, gradient);
            model.OwnUpdateRule.Apply(s_step, parameters, [], [], gradient);
        }
        double after = worker.Gradient(parameters, rows, [.. Enumerable.Range(0, 300)], s_key, gradient);
        Assert.True(after < before, $"inertia went from {before} to {after}");
        Assert.Equal([100f, 100f, 100f], new[] { gradient[2], gradient[5], gradient[8] });
        // Each coordinate is uniform in ± 1 about its centre, so its variance is 1/3.
        Assert.InRange(after / 300, 0.55, 0.8);
    }

    [Fact]
    public void Initialize_Centroids_AreDistinctRowsWithCountZero()
    {
        var rows = Blobs(60, [[0, 0], [50, 0]]);
        var model = new KMeansModel(2, 5);
        var parameters = new float[15];
        model.Initialize(1, rows, parameters);
        var points = Enumerable.Range(0, 60).Select(i => (rows.Row(i)[0], rows.Row(i)[1])).ToHashSet();
        var centroids = Enumerable.Range(0, 5).Select(c => (parameters[3 * c], parameters[3 * c + 1])).ToHashSet();
        Assert.Equal(5, centroids.Count);
        Assert.Subset(points, centroids);
        Assert.All(Enumerable.Range(0, 5), c => Assert.Equal(0, parameters[3 * c + 2]));
    }

    [Fact]
    public void Initialize_FewerDistinctRowsThanClusters_RepeatsThem()
    {
        var parameters = new float[8];
        new KMeansModel(1, 4).Initialize(1, MlpRows.Dense(1, [[2], [2], [3]], [0, 0, 0]), parameters);
        Assert.All(Enumerable.Range(0, 4), c => Assert.True(parameters[2 * c] is 2 or 3));
        Assert.Contains(3f, parameters);
    }

    [Fact]
    public void Initialize_SparseRows_GivesTheCentroidsOfDenseOnes()
    {
        var (model, parameters, rows, _) = Start();
        var sparse = new float[model.ParameterCount];
        model.Initialize(2, MlpRows.ToSparse(rows), sparse);
        Assert.Equal(parameters, sparse);
    }

    [Fact]
    public void Table_KMeansWithClusters_MakesTheModel()
    {
        var schema = new DataSchema { FeatureCount = 3, TargetKind = TargetKind.None, TargetCount = 0 };
        var model = Component.Of("kmeans", ("clusters", 4)).Create(Core.Models.Models.All)(schema, new PlainSoftmax());
        Assert.Equal((16, 4, 1), (model.ParameterCount, model.SliceAlignment, model.OutputCount));
        Assert.False(model.Blocks[0].IsPenalised);
    }

    private static (KMeansModel Model, float[] Parameters, DenseRows Rows, int[] Indices) Start()
    {
        var rows = MlpRows.Random(100, 19, 2);
        var model = new KMeansModel(19, 5);
        var parameters = new float[model.ParameterCount];
        model.Initialize(2, rows, parameters);
        return (model, parameters, rows, [.. Enumerable.Range(0, 70).Select(i => i * 3 % 100)]);
    }

    private static double ReferenceGradient(
        KMeansModel model, float[] parameters, DenseRows rows, int[] indices, float[] gradient)
    {
        int features = model.FeatureCount, width = features + 1;
        double total = 0;
        foreach (int index in indices)
        {
            var row = rows.Row(index)[..features];
            int nearest = -1;
            float least = float.PositiveInfinity;
            for (int c = 0; c < model.ClusterCount; c++)
            {
                var centroid = parameters.AsSpan(c * width, features);
                float product = 0;
                for (int j = 0; j < features; j++) product = MathF.FusedMultiplyAdd(row[j], centroid[j], product);
                float score = MathF.FusedMultiplyAdd(-2, product, ReferenceKernels.Dot(centroid, centroid));
                if (score < least) (nearest, least) = (c, score);
            }
            total += VectorKernels.SquaredDistance(row, parameters.AsSpan(nearest * width, features));
            for (int j = 0; j < features; j++) gradient[nearest * width + j] += row[j];
            gradient[nearest * width + features]++;
        }
        return total;
    }

    private static DenseRows Blobs(int count, float[][] centres)
    {
        var values = new float[count][];
        for (int i = 0; i < count; i++)
        {
            var (a, b, _, _) = Draw.Block(3, DrawPurpose.Synthetic, 0, 0, 0, (uint)i);
            var centre = centres[i % centres.Length];
            values[i] = [centre[0] + 2 * Philox.Uniform(a) - 1, centre[1] + 2 * Philox.Uniform(b) - 1];
        }
        return MlpRows.Dense(2, values, new float[count]);
    }
}
