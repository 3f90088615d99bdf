using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Tests;

/// <summary>
/// Three small jobs that between them use most of what can change a bit; the data is drawn by a fixed key.
/// </summary>
public static class TestJobs
{
    private static readonly DataSpec s_noFiles = new() { Train = new DataSource { Path = "generated" } };

    public static readonly string[] Names = ["logistic", "mlp", "kmeans"];

    /// <summary>
    /// One of <see cref="Names"/>, also with its type of the wire, <c>mlp over bfloat16</c>, or with weights of rows
    /// and balanced classes, <c>weighted mlp</c>.
    /// </summary>
    public static (Job Job, DataSet Data) Named(string name) => name.Split(" over ") switch
    {
        [['w', 'e', 'i', 'g', 'h', 't', 'e', 'd', ' ', .. var rest]] => Weighted(Plain(rest)),
        [var job, var wire] => (Over(Named(job).Job, ElementTypes.Named(wire)), Named(job).Data),
        _ => Plain(name),
    };

    private static (Job Job, DataSet Data) Weighted((Job Job, DataSet Data) plain)
    {
        var (job, data) = plain;
        float[] weights = [.. Enumerable.Range(0, data.Train.Count).Select(i => i * 7 % 5 / 2f)];
        var schema = data.Schema;
        if (schema.TargetKind != TargetKind.None)
        {
            if (schema.ClassNames.IsEmpty) schema = schema with { ClassNames = ["0", "1"] };
            var totals = new double[schema.ClassNames.Length];
            for (int i = 0; i < weights.Length; i++) totals[(int)data.Train.Targets[i]] += weights[i];
            schema = schema with { ClassTotals = [.. totals] };
            job = job with { Loss = job.Loss with { ClassWeights = new ClassWeights() } };
        }
        return (job, data with { Schema = schema, Train = data.Train.Weighted(weights) });
    }

    private static Job Over(Job job, ElementType wire) => job with { Training = job.Training with { Wire = wire } };

    private static (Job Job, DataSet Data) Plain(string name) => name switch
    {
        "logistic" => (Logistic, SparseClasses),
        "mlp" => (Mlp, DenseClasses),
        "kmeans" => (KMeans, Blobs),
        _ => throw new ArgumentException($"no test job is called {name}"),
    };

    /// <summary>Sparse logistic regression with momentum and L1; a shard count that is no power of two.</summary>
    public static Job Logistic { get; } = new()
    {
        Name = "logistic",
        Data = s_noFiles,
        Model = Component.Of("linear"),
        Loss = new LossSpec { Kind = Component.Of("logistic"), L2 = 1e-4, L1 = 1e-5 },
        Optimizer = new OptimizerSpec { LearningRate = 0.5, Schedule = Component.Of("cosine"), WarmupSteps = 5 },
        Training = new TrainingSpec { BatchSize = 128, Shards = 7, Epochs = 3, SliceSize = 1024 },
    };

    /// <summary>Dropout, Adam, several slices, and clipping by a norm that they must agree on.</summary>
    public static Job Mlp { get; } = new()
    {
        Name = "mlp",
        Data = s_noFiles,
        Model = Component.Of("mlp", ("hidden", new[] { 48, 32 }), ("dropout", 0.25)),
        Loss = new LossSpec { Kind = Component.Of("softmax"), L2 = 1e-4 },
        Optimizer = new OptimizerSpec { Kind = Component.Of("adam"), LearningRate = 0.01, ClipNorm = 0.5 },
        Training = new TrainingSpec { BatchSize = 64, Shards = 8, Epochs = 3, SliceSize = 1024 },
    };

    public static Job KMeans { get; } = new()
    {
        Name = "kmeans",
        Data = s_noFiles,
        Model = Component.Of("kmeans", ("clusters", 6)),
        Training = new TrainingSpec { BatchSize = 100, Shards = 8, Epochs = 3, SliceSize = 1024 },
    };

    private static DataSet SparseClasses { get; } = MakeSparse(2000, 300, 11);

    private static DataSet DenseClasses { get; } = MakeDense(1000, 20, 3, 12);

    private static DataSet Blobs { get; } = MakeDense(900, 10, 6, 13, clustering: true);

    private static DataSet MakeSparse(int count, int features, ulong key)
    {
        var starts = new int[count + 1];
        var columns = new List<int>();
        var values = new List<float>();
        var targets = new float[count];
        for (int row = 0; row < count; row++)
        {
            float margin = 0;
            for (int column = 0; column < features; column++)
            {
                if (Uniform(key, row, column) > 0.05f) continue;
                float value = Uniform(key, row, column + features) - 0.5f;
                columns.Add(column);
                values.Add(value);
                margin += value * (column % 3 - 1);
            }
            targets[row] = margin > 0 ? 1 : 0;
            starts[row + 1] = columns.Count;
        }
        var rows = new SparseRows(count, features, starts, [.. columns], [.. values], targets);
        var schema = new DataSchema { FeatureCount = features, TargetKind = TargetKind.BinaryClass };
        return new DataSet(schema, rows, null, Name(key));
    }

    private static DataSet MakeDense(int count, int features, int classes, ulong key, bool clustering = false)
    {
        var values = new AlignedFloats(count * DenseRows.StrideOf(features));
        var targets = new float[clustering ? 0 : count];
        for (int row = 0; row < count; row++)
        {
            int label = row % classes;
            if (!clustering) targets[row] = label;
            var x = values.Span.Slice(row * DenseRows.StrideOf(features), features);
            for (int j = 0; j < features; j++) x[j] = Uniform(key, row, j) + (j % classes == label ? 1 : 0);
        }
        var rows = new DenseRows(count, features, values, targets, clustering ? 0 : 1);
        var schema = new DataSchema
        {
            FeatureCount = features,
            TargetKind = clustering ? TargetKind.None : TargetKind.Class,
            TargetCount = clustering ? 0 : 1,
            ClassNames = clustering ? [] : [.. Enumerable.Range(0, classes).Select(c => $"{c}")],
        };
        return new DataSet(schema, rows, null, Name(key));
    }

    private static float Uniform(ulong key, int row, int index) =>
        Philox.Uniform(Draw.Block(key, DrawPurpose.Synthetic, 0, row, 0, (uint)index).A);

    private static string Name(ulong key) => key.ToString("x64", CultureInfo.InvariantCulture);
}
