using System.Runtime.InteropServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A node that has only its shards computes what a node with all files computes.</summary>
public class ShardComputerTests
{
    /// <summary>The three test jobs, and each of their models on the other form of rows.</summary>
    public static TheoryData<string> Cases { get; } =
    [
        "logistic", "mlp", "kmeans", "squared on dense rows", "softmax on dense rows", "mlp on sparse rows",
        "kmeans on sparse rows",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_WholeDataOrShardsAlone_SameBits(string name)
    {
        var (plan, data) = Case(name);
        var pool = new FloatPool(plan.Model.ParameterCount);
        ShardComputer whole = new(plan, new ShardStore(data, plan.ShardCount));
        ShardComputer parts = new(plan, RowsPart.ShardByShard(data, plan.ShardCount));
        foreach (long step in (long[])[0, 1, plan.Shards.StepsPerEpoch + 2])
        {
            using var version = Version(plan, data, step);
            for (int shard = 0; shard < plan.ShardCount; shard++)
            {
                foreach (var pass in (Pass[])[Pass.MiniBatch, Pass.Full])
                {
                    var expected = whole.Gradient(shard, pass, version.Value, pool, out _);
                    var actual = parts.Gradient(shard, pass, version.Value, pool, out _);

                    Assert.True(expected.Count > 0);
                    Assert.Equal(Bits(expected.Values.Span), Bits(actual.Values.Span));
                    Assert.Equal(expected with { Values = actual.Values }, actual);
                    expected.Values.Release();
                    actual.Values.Release();
                }
            }
        }
    }

    /// <summary>Dropout masks: each shard and each step has its own.</summary>
    [Fact]
    public void Gradient_OfAShard_DrawsByItsSeedStepAndShard()
    {
        var (plan, data) = Case("mlp");
        using var version = Version(plan, data, 4);
        var computer = new ShardComputer(plan, new ShardStore(data, plan.ShardCount));
        foreach (int shard in (int[])[0, 3])
        {
            var actual = computer.Gradient(shard, Pass.Full, version.Value, new FloatPool(plan.Model.ParameterCount),
                out _);
            int[] rows = [.. Enumerable.Range(plan.Shards.ShardStart(shard), plan.Shards.ShardRowCount(shard))];
            float[] expected = new float[plan.Model.ParameterCount];
            plan.Model.CreateWorker(rows.Length).Gradient(
                version.Value.Parameters, data.Train, rows, new DrawKey(plan.Job.Seed, 4, shard), expected);

            Assert.Equal(Bits(expected), Bits(actual.Values.Span));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_WholeDataOrShardsAlone_SameBits(string name)
    {
        var (plan, data) = Case(name);
        ShardComputer whole = new(plan, new ShardStore(data, plan.ShardCount));
        ShardComputer parts = new(plan, RowsPart.ShardByShard(data, plan.ShardCount));
        using var version = Version(plan, data, 3);
        long count = 0;
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            foreach (var set in (RowSet[])[RowSet.Train, RowSet.Test])
            {
                var expected = whole.Evaluate(shard, set, version.Value);
                var actual = parts.Evaluate(shard, set, version.Value);

                Assert.Equivalent(expected, actual, strict: true);
                Assert.Equal(
                    BitConverter.DoubleToInt64Bits(expected.LossSum.Value),
                    BitConverter.DoubleToInt64Bits(actual.LossSum.Value));
                count += actual.Count;
            }
        }
        Assert.Equal(data.Train.Count + data.Test!.Count, count);
    }

    /// <summary>
    /// Metrics are means weighted by rows; class weights are of the objective over the training rows alone.
    /// </summary>
    [Fact]
    public void Evaluate_WeightedRowsAndClasses_WeighRowsEverywhereAndClassesInTheObjectiveAlone()
    {
        var (weighted, data) = Case("weighted mlp");
        var job = weighted.Job;
        var plain = new TrainingPlan(job with { Loss = job.Loss with { ClassWeights = null } }, data);
        using var version = Version(plain, data, 3);
        var store = new ShardStore(data, plain.ShardCount);
        foreach (var set in (RowSet[])[RowSet.Train, RowSet.Test])
        {
            var sums = new ShardComputer(weighted, store).Evaluate(2, set, version.Value);
            var expected = new ShardComputer(plain, store).Evaluate(2, set, version.Value);

            var rows = store.Get(set, 2, out int first);
            double weight = 0;
            for (int i = first; i < first + store.RowCount(set, 2); i++)
            {
                weight += rows.Weights.Length == 0 ? 1 : rows.Weights[i];
            }
            Assert.Equal(weight, sums.Weight);
            Assert.Equal(expected.LossSum.Value, sums.LossSum.Value);
            bool isSame = Math.Abs(sums.ObjectiveSum.Value / sums.LossSum.Value - 1) < 1e-9;
            Assert.Equal(set == RowSet.Test, isSame);
        }
    }

    [Fact]
    public void Gradient_RowWithInfiniteLoss_IsNamedByItsNumberInTheDataSet()
    {
        var job = TestJobs.Logistic with
        {
            Loss = new LossSpec(), Training = new TrainingSpec { BatchSize = 6, Shards = 3 },
        };
        var rows = Models.MlpRows.Dense(1, [[1], [1], [1], [1], [float.MaxValue], [1]], [0, 0, 0, 0, 0, 0]);
        var data = new DataSet(
            new DataSchema { FeatureCount = 1, TargetKind = TargetKind.Number }, rows, null, new string('0', 64));
        var plan = new TrainingPlan(job, data);
        using var version = new OwnedVersion([float.MaxValue, 0], 0);
        foreach (var store in (ShardStore[])[new(data, 3), RowsPart.ShardByShard(data, 3)])
        {
            new ShardComputer(plan, store).Gradient(2, Pass.Full, version.Value, new FloatPool(2), out var divergence);

            Assert.Contains("in shard 2, training rows 4, 5 (from 0)", divergence!.What);
        }
    }

    private static (TrainingPlan Plan, DataSet Data) Case(string name)
    {
        var (job, data) = name switch
        {
            "squared on dense rows" => (
                TestJobs.Logistic with { Loss = new LossSpec() }, WithNumbers(TestJobs.Named("mlp").Data)),
            "softmax on dense rows" => (
                TestJobs.Logistic with { Loss = new LossSpec { Kind = Component.Of("softmax") } },
                TestJobs.Named("mlp").Data),
            "mlp on sparse rows" => (
                TestJobs.Mlp with { Loss = new LossSpec { Kind = Component.Of("logistic") } },
                TestJobs.Named("logistic").Data),
            "kmeans on sparse rows" => (TestJobs.KMeans, TestJobs.Named("logistic").Data),
            _ => TestJobs.Named(name),
        };
        data = data with { Test = RowsPart.Of(data.Train, 100, 333) };
        return (new TrainingPlan(job, data), data);
    }

    /// <summary>The indices of the classes as numbers.</summary>
    private static DataSet WithNumbers(DataSet data) =>
        data with { Schema = data.Schema with { TargetKind = TargetKind.Number, ClassNames = [] } };

    /// <summary>Parameters near the first ones, none of them zero.</summary>
    private static OwnedVersion Version(TrainingPlan plan, DataSet data, long step)
    {
        var parameters = plan.InitialParameters(new ShardStore(data, plan.ShardCount));
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] += Philox.Uniform(Draw.Block(7, DrawPurpose.Synthetic, 0, 0, 0, (uint)i).A) - 0.5f;
        }
        return new OwnedVersion(parameters, step);
    }

    private static int[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values).ToArray();

    private sealed class OwnedVersion : IDisposable
    {
        public OwnedVersion(float[] parameters, long step)
        {
            var values = new FloatPool(parameters.Length).Rent();
            parameters.CopyTo(values.Span);
            Value = new ParameterVersion(step, false, 0, values);
        }

        public ParameterVersion Value { get; }

        public void Dispose() => Value.Values.Release();
    }
}
