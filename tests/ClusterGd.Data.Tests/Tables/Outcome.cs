using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Tests;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>What a linear model learns from a file: training is the measure of whether it was read right.</summary>
internal static class Outcome
{
    /// <summary>Metrics over the training rows after that many epochs of momentum.</summary>
    public static IReadOnlyDictionary<string, double> Of(
        DataSource source, string loss, double learningRate = 0.5, int batchSize = 64, int epochs = 100)
    {
        var job = new Job
        {
            Data = new DataSpec { Train = source },
            Model = Component.Of("linear"),
            Loss = new LossSpec { Kind = Component.Of(loss) },
            Optimizer = new OptimizerSpec { LearningRate = learningRate },
            Training = new TrainingSpec { BatchSize = batchSize, Shards = 4, Epochs = epochs },
        };
        return Of(job);
    }

    public static IReadOnlyDictionary<string, double> Of(Job job)
    {
        var kind = JobTargets.KindOf(job);
        var data = DataSets.Load(job.Data, kind, job.Seed).DataSet;
        var shards = new ShardPlan(data.Train.Count, job.Training.Shards, job.Training.BatchSize);
        var parameters = SequentialTrainer.Train(job, data, (long)job.Training.Epochs * shards.StepsPerEpoch);
        var loss = job.Loss.Kind.Create(Losses.All);
        var model = job.Model.Create(Models.All)(data.Schema, loss);
        var rows = data.Test ?? data.Train;
        var outputs = new float[rows.Count * model.OutputCount];
        model.CreateWorker(rows.Count).Predict(parameters, rows, 0, rows.Count, outputs);
        var sums = new MetricAccumulator(loss, kind, model.OutputCount);
        sums.Add(outputs, rows.Targets);
        return Metrics.Of(sums.ToSums(), kind);
    }

    /// <summary>Forty rows of two classes that x1 separates: x1, x2 and label, as the caller writes them.</summary>
    public static string TwoClasses(Func<double, double, int, string> line) => string.Concat(
        Enumerable.Range(0, 40).Select(i => line(
            (i % 2 == 0 ? -1 : 1) * (0.5 + 0.013 * i), (i * 7 % 11 - 5) / 10.0 + 0.001, i % 2) + "\n"));

    /// <summary>36 rows of three classes, each far out on an axis of its own: three features and the class.</summary>
    public static string ThreeClasses(string first, string second, string third) => string.Concat(
        Enumerable.Range(0, 36).Select(i =>
        {
            double At(int axis) => (axis == i % 3 ? 3 : 0) + 0.1 * Math.Sin(7 * i + axis);
            string label = (i % 3) switch { 0 => first, 1 => second, _ => third };
            return $"{Text(At(0))},{Text(At(1))},{Text(At(2))},{label}\n";
        }));

    public static string Text(double number) => number.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>With a decimal comma.</summary>
    public static string Comma(double number) => Text(number).Replace('.', ',');
}
