using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Tests;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Weights;

/// <summary>What weights of rows and classes mean for every model, in bits where it can be.</summary>
public class WeightedRowsTests
{
    private static readonly DrawKey s_key = new(1, 2, 3);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Gradient_WeightsOfOne_HasTheBitsOfNoWeights(string name)
    {
        var (job, data) = TestJobs.Named(name);
        float[] ones = [.. Enumerable.Repeat(1f, data.Train.Count)];
        Assert.Equal(
            SequentialTrainer.Train(job, data, 40),
            SequentialTrainer.Train(job, data with { Train = data.Train.Weighted(ones) }, 40));
    }

    /// <summary>A row of weight 3 and the row three times are the same sum, and one of weight 0 is none.</summary>
    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Gradient_WholeWeights_IsThatOfRepeatedRows(string name)
    {
        var (job, data) = TestJobs.Named(name);
        job = job with { Model = name == "mlp" ? Component.Of("mlp", ("hidden", new[] { 8 })) : job.Model };
        var plan = new TrainingPlan(job, data);
        var parameters = plan.InitialParameters(new ShardStore(data, job.Training.Shards));
        for (int i = 0; i < parameters.Length; i++) parameters[i] += 0.01f * (i % 7);
        Gen.Int[0, 3].Array[100].Sample(counts =>
        {
            var worker = plan.Model.CreateWorker(64);
            float[] weights = [.. Enumerable.Range(0, data.Train.Count).Select(i => i < 100 ? counts[i] : 1f)];
            int[] once = [.. Enumerable.Range(0, 100)], repeated =
                [.. once.SelectMany(row => Enumerable.Repeat(row, counts[row]))];
            float[] weighted = new float[parameters.Length], expected = new float[parameters.Length];
            double loss = worker.Gradient(parameters, data.Train.Weighted(weights), once, s_key, weighted);
            double wanted = worker.Gradient(parameters, data.Train, repeated, s_key, expected);
            Assert.Equal(wanted, loss, 1e-5 * (1 + wanted));
            for (int i = 0; i < weighted.Length; i++)
            {
                Assert.Equal(expected[i], weighted[i], 1e-3 * (1 + Math.Abs(expected[i])));
            }
        }, iter: 20);
    }

    [Fact]
    public void EvaluateWeighted_WeightZeroOfAnInfiniteLoss_AddsNothing()
    {
        var derivatives = new float[2];
        double sum = new SquaredLoss().EvaluateWeighted([1e30f, 3], [0, 1], [0, 0.5f], 1, derivatives);
        Assert.Equal(1, sum);
        Assert.Equal([0f, 1f], derivatives);
    }

    [Fact]
    public void ClassWeights_Stated_AreTheRowsWeightsOfTheirClass()
    {
        var schema = Classes([6, 2]);
        var weights = ImmutableSortedDictionary<string, double>.Empty.Add("b", 3);
        var loss = ClassWeightedLoss.Of(new LogisticLoss(), new ClassWeights(weights), schema);
        // Factors c·ΣW/Σ(c·W) with c = 1 and 3: 8/12 and 24/12.
        float[] outputs = [0.5f, -1, 2], targets = [0, 1, 1], ours = new float[3], theirs = new float[3];
        Assert.Equal(
            new LogisticLoss().EvaluateWeighted(outputs, targets, [2 / 3f, 2, 2], 1, theirs),
            loss.Evaluate(outputs, targets, 1, ours));
        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void ClassWeights_Balanced_GiveEachClassTheSameSum()
    {
        var loss = ClassWeightedLoss.Of(new LogisticLoss(), new ClassWeights(), Classes([6, 2]));
        float[] targets = [0, 0, 0, 0, 0, 0, 1, 1], derivatives = new float[8];
        loss.Evaluate(new float[8], targets, 1, derivatives);
        Assert.Equal(2, derivatives.Take(6).Sum(), 1e-6);
        Assert.Equal(-2, derivatives.Skip(6).Sum(), 1e-6);
    }

    [Fact]
    public void ClassWeights_UnknownClass_IsRefusedWithTheClasses()
    {
        var weights = ImmutableSortedDictionary<string, double>.Empty.Add("c", 3);
        var error = Assert.Throws<InputException>(
            () => ClassWeightedLoss.Of(new LogisticLoss(), new ClassWeights(weights), Classes([6, 2])));
        Assert.Equal(
            "loss.classWeights names 'c', and the training rows have the classes a, b: name those.", error.Message);
    }

    [Fact]
    public void ClassWeights_NameOfTheSameNumber_IsThatClass() =>
        Assert.Equal(1, ClassWeights.IndexOf("+1.0", ["-1", "1"]));

    /// <summary>No output of one label looks at another: side by side is one after the other.</summary>
    [Fact]
    public void MultiLabel_Linear_HasTheParametersOfEachLabelAlone()
    {
        var (job, data) = TestJobs.Named("logistic");
        int count = data.Train.Count;
        float[] other = [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? 1f : 0f)];
        float[] both = [.. Enumerable.Range(0, count).SelectMany(i => new[] { data.Train.Targets[i], other[i] })];
        var two = new DataSchema
        {
            FeatureCount = data.Schema.FeatureCount, TargetKind = TargetKind.Labels, ClassNames = ["a", "b"],
            TargetCount = 2,
        };
        var labels = job with { Loss = job.Loss with { Kind = Component.Of("multiLabel") } };
        float[] together = SequentialTrainer.Train(labels, new DataSet(two, Like(data.Train, both, 2), null, ""), 30);
        float[] first = SequentialTrainer.Train(job, data, 30);
        float[] second = SequentialTrainer.Train(job, data with { Train = Like(data.Train, other, 1) }, 30);
        for (int i = 0; i < first.Length; i++)
        {
            Assert.Equal(first[i], together[2 * i], 1e-5);
            Assert.Equal(second[i], together[2 * i + 1], 1e-5);
        }
    }

    private static SparseRows Like(Rows rows, float[] targets, int targetCount)
    {
        var sparse = (SparseRows)rows;
        return new SparseRows(
            sparse.Count, sparse.FeatureCount, sparse.Starts.ToArray(), sparse.Columns.ToArray(),
            sparse.Values.ToArray(), targets, targetCount);
    }

    private static DataSchema Classes(ImmutableArray<double> totals) => new()
    {
        FeatureCount = 1, TargetKind = TargetKind.BinaryClass, ClassNames = ["a", "b"], ClassTotals = totals,
    };
}
