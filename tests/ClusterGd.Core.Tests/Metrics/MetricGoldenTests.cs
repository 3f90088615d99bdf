using System.Text.Json;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Tests.Models;
using Xunit;
using LossTable = ClusterGd.Core.Losses.Losses;
using MetricTable = ClusterGd.Core.Metrics.Metrics;

namespace ClusterGd.Core.Tests.Metrics;

/// <summary>Every metric against scikit-learn's: see golden/metrics.py.</summary>
public class MetricGoldenTests
{
    // Losses are float32 a row; what is counted, ranked or added up from predictions agrees further.
    private const double RelativeError = 1e-6;
    private static readonly JsonElement s_golden = Golden.Read("metrics.json");

    public static TheoryData<int, string> Cases()
    {
        var data = new TheoryData<int, string>();
        foreach (var golden in s_golden.GetProperty("cases").EnumerateArray())
        {
            data.Add(data.Count, golden.GetProperty("loss").GetString()!);
        }
        return data;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Metrics_OfALoss_AreThoseOfScikitLearn(int index, string lossName)
    {
        var golden = s_golden.GetProperty("cases")[index];
        var loss = Component.Of(lossName).Create(LossTable.All);
        float[] outputs = golden.GetProperty("outputs").Floats(), targets = golden.GetProperty("targets").Floats();
        var accumulator = new MetricAccumulator(loss, loss.TargetKind, outputs.Length / targets.Length);

        accumulator.Add(outputs, targets);

        AssertEqual(golden, MetricTable.Of(accumulator.ToSums(), loss.TargetKind));
        // What a job may name is what there is.
        Assert.Equal(
            MetricTable.NamesFor(loss.TargetKind, loss).Order(),
            golden.GetProperty("expected").EnumerateObject().Select(metric => metric.Name).Order());
    }

    [Fact]
    public void Inertia_OfGivenCentroids_IsThatOfScikitLearn()
    {
        var golden = s_golden.GetProperty("clusters");
        float[][] points = [.. golden.GetProperty("points").Floats().Chunk(2)];
        var centroids = golden.GetProperty("centroids").EnumerateArray().ToList();
        float[] parameters = [.. centroids.SelectMany(c => c.Floats().Append(0))];
        var rows = MlpRows.Dense(2, points, new float[points.Length]);
        var worker = new KMeansModel(2, centroids.Count).CreateWorker(16);
        var (distances, clusters) = (new float[rows.Count], new int[rows.Count]);
        var accumulator = new MetricAccumulator(
            Component.Of("squared").Create(LossTable.All), TargetKind.None, outputCount: 1);

        worker.Predict(parameters, rows, 0, rows.Count, distances);
        worker.Assign(parameters, rows, 0, clusters);
        accumulator.Add(distances, []);

        Assert.Equal(golden.GetProperty("nearest").EnumerateArray().Select(index => index.GetInt32()), clusters);
        AssertEqual(golden, MetricTable.Of(accumulator.ToSums(), TargetKind.None));
    }

    [Fact]
    public void Golden_Cases_CoverEveryMetric()
    {
        var cases = s_golden.GetProperty("cases").EnumerateArray().Append(s_golden.GetProperty("clusters")).ToList();
        cases.Add(Golden.Read("weights.json").GetProperty("several"));
        var metrics = cases.SelectMany(c => c.GetProperty("expected").EnumerateObject().Select(m => m.Name)).Distinct();
        Assert.Equal(MetricTable.Names.Order(), metrics.Order());
    }

    private static void AssertEqual(JsonElement golden, IReadOnlyDictionary<string, double> metrics)
    {
        foreach (var metric in golden.GetProperty("expected").EnumerateObject())
        {
            double expected = metric.Value.GetDouble(), actual = metrics[metric.Name];
            Assert.True(
                Math.Abs(actual - expected) <= RelativeError * Math.Abs(expected),
                $"{metric.Name} is {actual:R}, scikit-learn's is {expected:R}");
        }
    }
}
