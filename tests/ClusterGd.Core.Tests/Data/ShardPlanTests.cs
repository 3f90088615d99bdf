using ClusterGd.Core.Data;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Data;

/// <summary>CsCheck prints the seed of a failure; CsCheck_Seed=… repeats it.</summary>
public class ShardPlanTests
{
    private static readonly Gen<ShardPlan> s_plans =
        from rows in Gen.Int[1, 3000]
        from shards in Gen.Int[1, 70]
        from batch in Gen.Int[1, 4000]
        select new ShardPlan(rows, shards, batch);

    [Fact]
    public void MicroBatch_OneEpoch_UsesEveryPositionOnceInOrder() => s_plans.Sample(plan =>
    {
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            int next = 0;
            for (int step = 0; step < plan.StepsPerEpoch; step++)
            {
                var (first, count) = plan.MicroBatch(shard, step);
                Assert.Equal(next, first);
                Assert.True(count >= 0);
                next += count;
            }
            Assert.Equal(plan.ShardRowCount(shard), next);
        }
    }, iter: 300);

    [Fact]
    public void ShardStart_AllShards_CoversAllRowsEvenly() => s_plans.Sample(plan =>
    {
        Assert.Equal(0, plan.ShardStart(0));
        Assert.Equal(plan.RowCount, plan.ShardStart(plan.ShardCount));
        for (int shard = 0; shard < plan.ShardCount; shard++)
        {
            Assert.InRange(
                plan.ShardRowCount(shard), plan.RowCount / plan.ShardCount, plan.RowCount / plan.ShardCount + 1);
        }
    }, iter: 300);

    [Fact]
    public void MicroBatch_AnyStep_FitsTheBuffers() => s_plans.Sample(plan =>
    {
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            for (int shard = 0; shard < plan.ShardCount; shard++)
            {
                Assert.InRange(plan.MicroBatch(shard, step).Count, 0, plan.MicroBatchRowsMax);
            }
        }
    }, iter: 300);

    [Fact]
    public void MicroBatches_ShardsDivideRows_AddUpToTheBatch()
    {
        var plans =
            from perShard in Gen.Int[1, 100]
            from shards in Gen.Int[1, 40]
            from batch in Gen.Int[1, 4000]
            select new ShardPlan(perShard * shards, shards, batch);
        plans.Sample(plan =>
        {
            for (int step = 0; step < plan.StepsPerEpoch; step++)
            {
                int expected = Math.Min(plan.BatchSize, plan.RowCount - step * plan.BatchSize);
                Assert.Equal(expected, BatchRows(plan, step));
            }
        }, iter: 300);
    }

    [Fact]
    public void MicroBatches_ShardsDoNotDivideRows_DifferFromTheBatchByLessThanTheShards() => s_plans.Sample(plan =>
    {
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            int asked = Math.Min(plan.BatchSize, plan.RowCount - step * plan.BatchSize);
            Assert.InRange(BatchRows(plan, step) - asked, 1 - plan.ShardCount, plan.ShardCount - 1);
        }
    }, iter: 300);

    [Fact]
    public void MicroBatches_BatchOfOneOverFourShards_GoesRound()
    {
        var plan = new ShardPlan(rowCount: 40, shardCount: 4, batchSize: 1);

        var shards = Enumerable.Range(0, 8).Select(step =>
            Enumerable.Range(0, 4).Single(shard => plan.MicroBatch(shard, step).Count == 1));

        // The offset s·n/S makes the last shard due first.
        Assert.Equal([3, 2, 1, 0, 3, 2, 1, 0], shards);
    }

    [Fact]
    public void EpochOf_LastAndFirstStep_AreNeighbours()
    {
        var plan = new ShardPlan(100, 4, 30);

        Assert.Equal(4, plan.StepsPerEpoch);
        Assert.Equal(0, plan.EpochOf(3));
        Assert.Equal(1, plan.EpochOf(4));
        Assert.Equal(plan.MicroBatch(2, 1), plan.MicroBatch(2, 5));
    }

    [Fact]
    public void BatchSize_MoreThanTheRows_IsTheRows() => Assert.Equal(100, new ShardPlan(100, 4, 1000).BatchSize);

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, 0)]
    public void Plan_NothingToShare_IsRefused(int rows, int shards, int batch) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShardPlan(rows, shards, batch));

    private static int BatchRows(ShardPlan plan, int step) =>
        Enumerable.Range(0, plan.ShardCount).Sum(shard => plan.MicroBatch(shard, step).Count);
}
