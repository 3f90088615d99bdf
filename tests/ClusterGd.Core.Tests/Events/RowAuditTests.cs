using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Events;

/// <summary>2,000 rows in 7 shards, 16 steps an epoch, 3 epochs; the logs are doctored.</summary>
public class RowAuditTests
{
    private static readonly TrainingPlan s_plan = new(TestJobs.Named("logistic").Job, TestJobs.Named("logistic").Data);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Check_ARun_HasEveryRowOnceInEachEpoch(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        var history = GoldenRun.Record(plan, new ShardStore(data, plan.ShardCount)).Outcome.History;

        var report = new RowAudit(plan).Check([.. history.Select(e => new RowAudit.Entry(e.Step, e.Counted))]);

        int rows = data.Train.Count;
        Assert.Equal([$"epochs 1 to 3: {rows} of {rows} rows counted once in each"], report.Lines());
    }

    [Fact]
    public void Check_ShardCountedTwice_NamesShardAndStep() => AssertSecondEpoch(
        Counted(16, 32, (20, 3, 2)),
        "steps 17 to 32: 2018 rows counted where 2000 are due: shard 3 of step 21 (18 rows) was counted twice");

    [Fact]
    public void Check_ShardLeftOut_NamesShardAndStep() => AssertSecondEpoch(
        Counted(16, 32, (20, 3, 0)),
        "steps 17 to 32: 1982 rows counted where 2000 are due: shard 3 of step 21 (18 rows) was not counted");

    [Fact]
    public void Check_AsManyRowsButOthers_NamesBoth() => AssertSecondEpoch(
        Counted(16, 32, (20, 3, 2), (24, 1, 0)),
        "steps 17 to 32: 2000 rows counted, as many as are due, but not those: " +
        "shard 3 of step 21 (18 rows) was counted twice, and shard 1 of step 25 (18 rows) was not counted");

    [Fact]
    public void Check_ShardTwiceInEveryStep_NamesIt() => AssertSecondEpoch(
        Counted(16, 32, [.. Enumerable.Range(16, 16).Select(step => ((long)step, 2, 2))]),
        "steps 17 to 32: 2286 rows counted where 2000 are due: shard 2 of every step was counted twice");

    [Fact]
    public void Check_EvaluationMissing_NamesTheSteps()
    {
        var report = new RowAudit(s_plan).Check([Entry(0, 16), Entry(32, 48)]);

        Assert.Equal(
            [
                "epoch 1: 2000 of 2000 rows counted once", "epoch 2: not all of 2000 rows counted once",
                "epoch 3: 2000 of 2000 rows counted once", "steps 17 to 32: the log does not say what was counted",
                "incomplete: this log does not show that each row was counted once",
            ], report.Lines());
    }

    [Fact]
    public void Check_LogThatEndsEarly_CountsSoFar()
    {
        var report = new RowAudit(s_plan).Check([Entry(0, 16), Entry(16, 24)]);

        Assert.Equal(
            ["epoch 1: 2000 of 2000 rows counted once", "epoch 2: 1024 of 2000 rows counted once so far"],
            report.Lines());
        Assert.Empty(report.Problems);
    }

    [Fact]
    public void Check_StepsMadeAgainAfterACheckpoint_CountsTheLater()
    {
        var wrong = new RowAudit.Entry(16, [Counted(0, 16, (3, 0, 2))]);

        Assert.Empty(new RowAudit(s_plan).Check([wrong, Entry(0, 12), Entry(0, 16), Entry(16, 32)]).Problems);
    }

    [Fact]
    public void Check_OneSliceOfThreeWrong_NamesIt()
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job with { Training = job.Training with { SliceSize = 128 } }, data);
        Assert.Equal(3, plan.SliceCount);
        var right = Counted(0, 16);
        var report = new RowAudit(plan).Check([new(16, [right, right, Counted(0, 16, (3, 0, 2))])]);

        Assert.Contains(" in slice 2: shard 0 of step 4 ", Assert.Single(report.Problems).What);
    }

    private static void AssertSecondEpoch(StepsCounted counted, string problem)
    {
        var report = new RowAudit(s_plan).Check([Entry(0, 16), new(32, [counted]), Entry(32, 48)]);

        Assert.Equal(problem, Assert.Single(report.Problems).ToString());
        Assert.Equal([2000L, null, 2000L], report.Epochs.Select(epoch => epoch.RowsOnce));
    }

    private static RowAudit.Entry Entry(long first, long end) => new(end, [Counted(first, end)]);

    /// <summary>What is due, but for some gradients that are counted so many times.</summary>
    private static StepsCounted Counted(long first, long end, params (long Step, int Shard, int Times)[] others)
    {
        long rows = 0;
        ulong digest = 0;
        for (long step = first; step < end; step++)
        {
            for (int shard = 0; shard < s_plan.ShardCount; shard++)
            {
                var (position, count) = s_plan.Shards.MicroBatch(shard, step);
                int times = others.Where(o => o.Step == step && o.Shard == shard).Select(o => o.Times)
                    .DefaultIfEmpty(1).First();
                for (; times > 0; times--)
                {
                    rows += count;
                    digest = CountDigest.Add(digest, CountDigest.Of(step, shard, position, count));
                }
            }
        }
        return new StepsCounted(end - first, rows, digest);
    }
}
