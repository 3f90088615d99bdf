using System.Collections.Immutable;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>
/// Stop criteria that do not go together with the rest of the job, which would never fire or be unclear.
/// </summary>
public class StopMistakeTests
{
    [Theory]
    [InlineData("loss: squared", "plateau, metric: accuracy",
        "stop.0.metric is 'accuracy', allowed is loss, rmse, mae or r2 with loss squared; use one of these.")]
    [InlineData("seed: 1", "plateau, metric: auc",
        "stop.0.metric is 'auc', allowed is loss, rmse, mae or r2 with loss squared; use one of these.")]
    [InlineData("loss: { kind: huber, delta: 2 }", "targetMetric, metric: logLoss, value: 1",
        "stop.0.metric is 'logLoss', allowed is loss, rmse, mae or r2 with loss huber; use one of these.")]
    [InlineData("loss: logistic", "targetMetric, metric: rmse, value: 1",
        "stop.0.metric is 'rmse', allowed is loss, accuracy, auc or logLoss with loss logistic; use one of these.")]
    [InlineData("loss: hinge", "targetMetric, metric: logLoss, value: 1",
        "stop.0.metric is 'logLoss', allowed is loss, accuracy or auc with loss hinge; use one of these.")]
    [InlineData("loss: softmax", "plateau, metric: auc",
        "stop.0.metric is 'auc', allowed is loss, accuracy or logLoss with loss softmax; use one of these.")]
    [InlineData("model: kmeans", "plateau, metric: r2",
        "stop.0.metric is 'r2', allowed is loss or inertia with model kmeans; use one of these.")]
    public void Read_MetricThatTheJobHasNot_IsRefused(string line, string criterion, string expected)
    {
        var model = line.StartsWith("model", StringComparison.Ordinal) ? "" : "model: linear\n";
        var problem = Assert.Single(ProblemsOf($"{model}{line}\nstop: [{{ on: {criterion} }}]"));
        Assert.Contains(": " + expected, problem);
    }

    [Theory]
    [InlineData("loss: hinge", "auc")]
    [InlineData("loss: squared", "r2")]
    [InlineData("loss: softmax", "logLoss")]
    [InlineData("loss: poisson", "loss")]
    public void Read_MetricThatTheJobHas_IsTaken(string line, string metric) =>
        Assert.Empty(ProblemsOf($"model: linear\n{line}\nstop: [{{ on: plateau, metric: {metric} }}]"));

    [Fact]
    public void Read_MetricSetOnTheCommandLine_IsRefusedToo()
    {
        var problem = Assert.Single(
            ProblemsOf("model: linear\nstop: [{ on: plateau }]", "stop.0.metric=accuracy"));
        Assert.StartsWith("--set stop.0.metric=accuracy: stop.0.metric is 'accuracy', allowed is loss,", problem);
    }

    [Fact]
    public void Read_MisspeltMetric_IsToldOnceWithTheNearest()
    {
        var problem = Assert.Single(ProblemsOf("model: linear\nstop: [{ on: plateau, metric: rsme }]"));
        Assert.EndsWith("did you mean 'rmse'?", problem);
    }

    [Fact]
    public void Read_LossThatIsAMistake_IsTheOnlyOneTold()
    {
        // What metrics there are is not known before the loss is.
        var problem = Assert.Single(ProblemsOf("model: linear\nloss: logstic\nstop: [{ on: plateau, metric: auc }]"));
        Assert.Contains("loss.kind is 'logstic'", problem);
    }

    [Fact]
    public void Read_OptionsThatAreMistakes_DoNotHideTheMetric() =>
        Assert.Equal(2, ProblemsOf(
            "model: linear\nloss: { kind: huber, l2: -1 }\nstop: [{ on: plateau, metric: auc }]").Length);

    [Fact]
    public void Read_TwoCriteriaThatRestore_AreRefused()
    {
        var problem = Assert.Single(ProblemsOf(
            "model: linear\nstop:\n  - { on: plateau }\n  - { on: steps, count: 9 }\n  - { on: generalizationLoss }"));
        Assert.Equal(
            "job.yaml:6:5: stop.2 (generalizationLoss) and stop.0 (plateau) both restore their best parameters, "
            + "allowed is one such criterion; remove one of them.", problem);
    }

    private static ImmutableArray<string> ProblemsOf(string rest, params string[] edits)
    {
        try
        {
            JobFile.Parse($"data: {{ train: {{ path: a.csv }} }}\n{rest}", "job.yaml", edits, JobTables.All, "/data");
            return [];
        }
        catch (InputException refused)
        {
            return refused.Problems;
        }
    }
}
