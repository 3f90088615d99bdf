using System.Collections.Immutable;
using System.Text.Json;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
using ClusterGd.Core.Tests.Models;
using ClusterGd.Tests;
using Xunit;
using LossTable = ClusterGd.Core.Losses.Losses;
using MetricTable = ClusterGd.Core.Metrics.Metrics;

namespace ClusterGd.Core.Tests.Weights;

/// <summary>Weighted fits and metrics against plain arithmetic: see golden/weights.py.</summary>
public class WeightGoldenTests
{
    private static readonly JsonElement s_golden = Golden.Read("weights.json");
    private static readonly float[] s_weights = s_golden.GetProperty("weights").Floats();

    public static TheoryData<string> Fits() =>
        new(s_golden.GetProperty("fits").EnumerateArray().Select(f => f.GetProperty("name").GetString()!));

    [Theory, MemberData(nameof(Fits))]
    public void Fit_OfWeightedRows_IsTheMinimumByNewtonsMethod(string name)
    {
        var fit = s_golden.GetProperty("fits").EnumerateArray().First(f => f.GetProperty("name").GetString() == name);
        string kind = fit.GetProperty("kind").GetString()!;
        ClassWeights? classes = name switch
        {
            "weights and balanced classes" => new ClassWeights(),
            "class 1 three times" => new ClassWeights(
                ImmutableSortedDictionary<string, double>.Empty.Add("yes", 3).Add("no", 1)),
            _ => null,
        };
        var data = Data(kind, classes is null || classes.IsBalanced);
        var job = new Job
        {
            Data = new DataSpec { Train = new DataSource { Path = "generated" } },
            Model = Component.Of("linear"),
            Loss = new LossSpec
            {
                Kind = Component.Of(kind), L2 = s_golden.GetProperty("l2").GetDouble(), ClassWeights = classes,
            },
            Optimizer = new OptimizerSpec { LearningRate = 0.5 },
            Training = new TrainingSpec { BatchSize = 100, Shards = 3, Epochs = 1000 },
        };
        float[] parameters = SequentialTrainer.Train(job, data, 1000);
        double[] expected = fit.GetProperty("parameters").Doubles();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], parameters[i], 2e-5);
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("squared")]
    public void Metrics_OfWeightedRows_AreThoseOfPlainArithmetic(string lossName)
    {
        var golden = s_golden.GetProperty("metrics").EnumerateArray()
            .First(m => m.GetProperty("loss").GetString() == lossName);
        AssertMetrics(golden, lossName, 1, s_weights);
    }

    [Fact]
    public void Metrics_OfSeveralLabelsARow_AreThoseOfPlainArithmetic()
    {
        var golden = s_golden.GetProperty("several");
        AssertMetrics(golden, "multiLabel", golden.GetProperty("labels").GetInt32(), []);
    }

    private static void AssertMetrics(JsonElement golden, string lossName, int width, float[] weights)
    {
        var loss = Component.Of(lossName).Create(LossTable.All);
        var sums = new MetricAccumulator(loss, loss.TargetKind, width);
        sums.Add(golden.GetProperty("outputs").Floats(), golden.GetProperty("targets").Floats(), weights);
        var metrics = MetricTable.Of(sums.ToSums(), loss.TargetKind);
        var expected = golden.GetProperty("expected").EnumerateObject().ToList();
        Assert.Equal(expected.Select(e => e.Name).Order(), metrics.Keys.Order());
        Assert.Equal(MetricTable.NamesFor(loss.TargetKind, loss).Order(), metrics.Keys.Order());
        Assert.All(expected, e => Assert.Equal(1, metrics[e.Name] / e.Value.GetDouble(), 1e-6));
    }

    private static DataSet Data(string kind, bool isWeighted)
    {
        float[][] x = [.. s_golden.GetProperty("x").EnumerateArray().Select(row => row.Floats())];
        bool isClass = kind == "logistic";
        float[] targets = s_golden.GetProperty(isClass ? "labels" : "values").Floats();
        // As the loader has them: of mean 1.
        float mean = s_weights.Sum() / s_weights.Length;
        Rows rows = MlpRows.Dense(2, x, targets);
        if (isWeighted) rows = rows.Weighted([.. s_weights.Select(w => w / mean)]);
        double[] totals = [0, 0];
        for (int i = 0; i < rows.Count; i++) totals[isClass ? (int)targets[i] : 0] += isWeighted ? rows.Weights[i] : 1;
        var schema = new DataSchema
        {
            FeatureCount = 2,
            TargetKind = isClass ? TargetKind.BinaryClass : TargetKind.Number,
            ClassNames = isClass ? ["no", "yes"] : [],
            ClassTotals = isClass ? [.. totals] : [],
        };
        return new DataSet(schema, rows, null, new string('0', 64));
    }
}
