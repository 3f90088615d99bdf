using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Data.Tests;

/// <summary>Inputs that people have, from the job file to what the trained model is worth.</summary>
public sealed class SparseCaseTests : IDisposable
{
    // 36 rows in two groups, left and right of 0 in the first feature.
    private static readonly (int Class, string X, string Z)[] s_rows =
    [
        .. Enumerable.Range(0, 36).Select(i => (
            i % 2, (((i % 2) * 2 - 1) * (0.5 + i % 7 / 7.0)).ToString("0.000", CultureInfo.InvariantCulture),
            Math.Sin(i).ToString("0.000", CultureInfo.InvariantCulture))),
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0")]
    [InlineData("auto")]
    public void LibSvm_IndicesFromZero_AreSeparatedWithTheKey(string indexBase)
    {
        _folder.Write("zero.libsvm", Rows(r => $"{(r.Class == 0 ? "-1" : "+1")} 0:{r.X} 1:{r.Z}"));
        Assert.Contains(
            "state indexBase: 0", Assert.Throws<InputException>(() => Train("path: zero.libsvm")).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, Train($"path: zero.libsvm, indexBase: {indexBase}").Metrics["accuracy"]);
    }

    [Fact]
    public void LibSvm_IndicesBeyondAllColumns_AreSeparatedWhenHashed()
    {
        string text = string.Concat(Enumerable.Repeat(
            "0 90210:1 7654321:1 2147483646:1\n1 17:1 198765432:1 2147483646:1\n", 20));
        _folder.Write("hashed.libsvm", text);
        Assert.Contains(
            "hashBuckets: 1048576", Assert.Throws<InputException>(() => Train("path: hashed.libsvm")).Message,
            StringComparison.Ordinal);
        Assert.Equal(1, Train("path: hashed.libsvm, hashBuckets: 64").Metrics["accuracy"]);
    }

    [Fact]
    public void LibSvm_SeveralLabels_AreLearntSideBySide()
    {
        _folder.Write("multilabel.libsvm", Rows(r => $"{(r.Class == 0 ? "1" : "0,2")} 1:{r.X} 2:{r.Z}"));
        Assert.Contains(
            "'0,2' is several labels a row: train one output a label with loss: multiLabel",
            Assert.Throws<InputException>(() => Train("path: multilabel.libsvm", "softmax")).Message,
            StringComparison.Ordinal);
        var metrics = Train("path: multilabel.libsvm", "multiLabel").Metrics;
        Assert.Equal(1, metrics["accuracy"]);
        Assert.Equal(1, metrics["labelAccuracy"]);
    }

    [Fact]
    public void LibSvm_Queries_AreLeftOutWithTheKey()
    {
        int row = 0;
        _folder.Write("rank.libsvm", Rows(r => $"{r.Class} qid:{row++ / 4} 1:{r.X} 2:{r.Z}"));
        Assert.Contains(
            "is the query that a row of a ranking file belongs to",
            Assert.Throws<InputException>(() => Train("path: rank.libsvm")).Message, StringComparison.Ordinal);
        Assert.Equal(1, Train("path: rank.libsvm, group: ignore").Metrics["accuracy"]);
    }

    [Fact]
    public void LibSvm_Bzip2OfAnotherProgram_IsRead()
    {
        _folder.Write("data.libsvm.bz2", Convert.FromBase64String(
            "QlpoOTFBWSZTWXzcMF4AAHhYAAAQQAN/8DABRk0w00GpiTUEU9p6k9U00wJPVVDQGhne2XGdPfKaouPOLUpWafimeVVP4BhwBglgU3Bd" +
            "3Bq6D0VhK5lWpMWuSI/BmAzSciYjJMMUatfK11+4JkNmEQEDNEij9uHLn57I1OXjAGHY7o6WLAkg2PAsFfYHx/ABgve+c/HLncDghJ4X" +
            "LiYIwAMJ/dT8izwZMDTWvmXnRPtoG2SJRFIxdDynWCohSNxxPM2TsWKjELNlhqbnKl7tErlG42LLbu3vEBGuoLgwTi3bQ4MLS7iE7YwF" +
            "AESNMKlsJKmmr+LuSKcKEg+bhgvA"));
        Assert.Equal(1, Train("path: data.libsvm.bz2").Metrics["accuracy"]);
    }

    /// <summary>The weighted means of 0, 1 and of 2, 6 with weights 1 and 3; their means without.</summary>
    [Theory]
    [InlineData("weight: w", 0.75, 5)]
    [InlineData("ignore: w", 0.5, 4)]
    public void Csv_WeightOfEachRow_FitsTheWeightedMeans(string key, double low, double high)
    {
        _folder.Write("weights.csv", "x,y,w\n0,0,1\n0,1,3\n1,2,1\n1,6,3\n");
        float[] parameters = Train($"path: weights.csv, target: y, {key}", "squared", 0.1, 500).Parameters;
        Assert.Equal(low, parameters[1], 1e-4);
        Assert.Equal(high, parameters[0] + parameters[1], 1e-4);
    }

    /// <summary>20 of 1,000 rows, which the rest covers: always 0 is right for 98 % and finds none.</summary>
    [Theory]
    [InlineData("logistic", 0, 4)]
    [InlineData("{ kind: logistic, classWeights: balanced }", 14, 20)]
    [InlineData("{ kind: logistic, classWeights: { '1': 49, 0: 1 } }", 14, 20)]
    public void Csv_RareClass_IsFoundWithClassWeights(string loss, int least, int most)
    {
        var text = new System.Text.StringBuilder("x1,x2,fraud\n");
        for (int i = 0; i < 1000; i++)
        {
            int fraud = i % 50 == 0 ? 1 : 0;
            text.Append(CultureInfo.InvariantCulture,
                $"{1.5 * Math.Sin(i) + 1.2 * fraud:0.0000},{1.5 * Math.Sin(i * i) + 1.2 * fraud:0.0000},{fraud}\n");
        }
        _folder.Write("rare.csv", text.ToString());
        var trained = Train("path: rare.csv", loss, 0.5, 100);
        int found = Enumerable.Range(0, 1000).Count(i => trained.Data.Train.Targets[i] == 1 && trained.Outputs[i] > 0);
        Assert.InRange(found, least, most);
    }

    private static string Rows(Func<(int Class, string X, string Z), string> line) =>
        string.Concat(s_rows.Select(r => line(r) + "\n"));

    private (IReadOnlyDictionary<string, double> Metrics, float[] Parameters, float[] Outputs, DataSet Data) Train(
        string source, string loss = "logistic", double learningRate = 0.5, int epochs = 60)
    {
        _folder.Write("job.yaml", $$"""
            data: { train: { {{source}} } }
            model: linear
            loss: {{loss}}
            optimizer: { learningRate: {{learningRate.ToString(CultureInfo.InvariantCulture)}} }
            training: { batchSize: 64, shards: 2, epochs: {{epochs}} }
            """);
        var job = JobFile.Read(_folder.PathOf("job.yaml"), [], JobTables.All);
        var data = DataSets.Load(job.Data, JobTargets.KindOf(job), job.Seed).DataSet;
        var plan = new TrainingPlan(job, data);
        float[] parameters = SequentialTrainer.Train(job, data, plan.StepsTotal);
        var outputs = new float[data.Train.Count * plan.Model.OutputCount];
        plan.Model.CreateWorker(64).Predict(parameters, data.Train, 0, data.Train.Count, outputs);
        var sums = new MetricAccumulator(plan.Loss, data.Schema.TargetKind, plan.Model.OutputCount);
        sums.Add(outputs, data.Train.Targets, data.Train.Weights);
        return (Metrics.Of(sums.ToSums(), data.Schema.TargetKind), parameters, outputs, data);
    }
}
