using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Benchmarks;

/// <summary>
/// A tiny model: what a step costs beyond its arithmetic, what the fixed tree costs against adding in any order, and
/// that the compute path allocates nothing while memory stays flat over 100,000 steps.
/// </summary>
internal static class StepBenchmark
{
    private const int Steps = 20_000;

    public static void Run()
    {
        var data = Rows(4096, 16);
        var job = Job(Steps, data.Train.Count);
        var plan = new TrainingPlan(job, data);
        double ours = 0, alone = 0;
        var seconds = Measure.Interleaved(5,
            () => Elapsed(job, data) / Steps,
            () => Measure.Once(() => Sequential(plan, data, Steps, useTree: true)) / Steps);
        (ours, alone) = (seconds[0] * 1e6, seconds[1] * 1e6);
        Table.Row("tiny step, 8 shards, one process", $"{ours:F1} µs", $"its arithmetic alone {alone:F1} µs",
            $"+{ours - alone:F1} µs", "≤ 50 µs");
        DeterminismPrice();
        Allocations(plan, data);
        Memory(data);
    }

    /// <summary>
    /// The tree keeps a sum for each level; adding into one buffer in any order is the least there can be.
    /// </summary>
    private static void DeterminismPrice()
    {
        var data = Rows(8192, 784);
        var plan = new TrainingPlan(Job(1, data.Train.Count) with
        {
            Model = Component.Of("mlp", ("hidden", new[] { 256, 128, 100 })),
            Training = new TrainingSpec { BatchSize = 256, Epochs = 1 },
        }, data);
        var seconds = Measure.Interleaved(9,
            () => Measure.OnceOnOneThread(() => Sequential(plan, data, 32, useTree: true)),
            () => Measure.OnceOnOneThread(() => Sequential(plan, data, 32, useTree: false)));
        Table.Row("determinism's price (fixed tree)", $"{seconds[0] / 32 * 1e3:F2} ms a step",
            $"any order {seconds[1] / 32 * 1e3:F2} ms", $"{(seconds[0] / seconds[1] - 1) * 100:+0.0;-0.0} %", "≤ 5 %");
    }

    private static void Allocations(TrainingPlan plan, DataSet data)
    {
        Sequential(plan, data, 100, useTree: true);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Sequential(plan, data, 100, useTree: true);
        long first = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        Sequential(plan, data, 10_100, useTree: true);
        long second = GC.GetAllocatedBytesForCurrentThread() - before;
        Table.Row("compute path, bytes allocated a step", $"{(second - first) / 10_000.0:F1}", "–", "–", "0");
    }

    private static void Memory(DataSet data)
    {
        const int LongSteps = 100_000;
        var managed = new List<double>();
        long allocated = GC.GetTotalAllocatedBytes();
        int reports = 0;
        var result = Trainer.RunAsync(Job(LongSteps, data.Train.Count), data, new TrainingOptions(), happened =>
        {
            if (happened is not Progress || reports++ % 2 != 0) return;
            managed.Add(GC.GetTotalMemory(forceFullCollection: true) / 1e6);
        }, CancellationToken.None).GetAwaiter().GetResult();
        double bytes = (GC.GetTotalAllocatedBytes() - allocated) / (double)result.Steps;
        Table.Row(
            $"live memory over {result.Steps:N0} steps", string.Join(" → ", managed.Select(m => $"{m:F0}")) + " MB",
            $"messages and all: {bytes:F0} bytes a step", "–", "flat");
    }

    private static double Elapsed(Job job, DataSet data) =>
        Trainer.RunAsync(job, data, new TrainingOptions(), null, CancellationToken.None).GetAwaiter().GetResult()
            .History[^1].Elapsed.TotalSeconds;

    /// <summary>Gradients, reduction and update on this thread: the compute path without any message.</summary>
    private static void Sequential(TrainingPlan plan, DataSet data, int steps, bool useTree)
    {
        var worker = plan.Model.CreateWorker(plan.Shards.MicroBatchRowsMax);
        var parameters = plan.InitialParameters(new ShardStore(data, plan.ShardCount));
        var updater = new SliceUpdater(plan, 0, parameters);
        var rows = new int[plan.Shards.MicroBatchRowsMax];
        var sums = Enumerable.Range(0, 8).Select(_ => new AlignedFloats(parameters.Length)).ToArray();
        for (int step = 0; step < steps; step++)
        {
            int count = 0;
            for (int shard = 0; shard < 8; shard++)
            {
                var (first, length) = plan.Shards.MicroBatch(shard, step);
                var order = new RowOrder(1, plan.Shards.EpochOf(step), shard, plan.Shards.ShardRowCount(shard));
                order.Fill(first, plan.Shards.ShardStart(shard), rows.AsSpan(0, length));
                worker.Gradient(
                    updater.Parameters, data.Train, rows.AsSpan(0, length), new DrawKey(1, step, shard),
                    sums[shard].Span);
                count += length;
                if (!useTree && shard > 0) VectorKernels.Add(sums[0].Span, sums[shard].Span);
            }
            for (int width = 1; useTree && width < 8; width *= 2)
            {
                for (int i = 0; i < 8; i += 2 * width) VectorKernels.Add(sums[i].Span, sums[i + width].Span);
            }
            updater.Apply(step, sums[0].Span, count, 1);
        }
    }

    /// <summary>As many steps as are asked for between two evaluations.</summary>
    private static Job Job(int steps, int rowCount)
    {
        int epochs = Math.Max(1, steps / (rowCount / 64));
        return new Job
        {
            Data = new DataSpec { Train = new DataSource { Path = "generated" } },
            Model = Component.Of("linear"),
            Loss = new LossSpec { Kind = Component.Of("softmax") },
            Optimizer = new OptimizerSpec { LearningRate = 0.01 },
            Training = new TrainingSpec { BatchSize = 64, Epochs = epochs, EvaluateEvery = epochs },
        };
    }

    private static DataSet Rows(int count, int features)
    {
        var values = new AlignedFloats(count * DenseRows.StrideOf(features));
        var targets = new float[count];
        for (int row = 0; row < count; row++)
        {
            targets[row] = row % 10;
            var x = values.Span.Slice(row * DenseRows.StrideOf(features), features);
            for (int j = 0; j < features; j++)
            {
                float uniform = Philox.Uniform(Draw.Block(5, DrawPurpose.Synthetic, 0, row, 0, (uint)j).A);
                x[j] = uniform + (j % 10 == row % 10 ? 0.5f : 0);
            }
        }
        var schema = new DataSchema
        {
            FeatureCount = features, TargetKind = TargetKind.Class,
            ClassNames = [.. Enumerable.Range(0, 10).Select(c => $"{c}")],
        };
        return new DataSet(schema, new DenseRows(count, features, values, targets), null, new string('0', 64));
    }
}
