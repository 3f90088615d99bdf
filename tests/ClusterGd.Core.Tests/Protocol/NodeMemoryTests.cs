using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Which evaluations a node tells a coordinator of that takes over, and puts into checkpoints.</summary>
public class NodeMemoryTests
{
    [Fact]
    public void Memory_AfterAnEvaluation_HasIt() => Assert.Equal([4L], Remembered(null));

    /// <summary>It may have none of what the job asks for there: no full pass, and sums that begin anywhere.</summary>
    [Fact]
    public void Memory_AfterThatOfAnInterruptedRun_HasItNot() =>
        Assert.Empty(Remembered(new RunEnding(RunEnd.Interrupted, "interrupted", false, 4, 4, 4)));

    private static IEnumerable<long> Remembered(RunEnding? ending)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var node = new NodeProtocol("a", plan, TimeSpan.FromSeconds(1));
        var layout = new Layout(
            1, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", plan.ShardCount)], ["a"], ["a"], [[]]);
        node.Handle(OneSlice.DirectiveOf(layout) with
        {
            Ending = ending, Last = new Evaluation { Step = 4, Epoch = 1, TrainLoss = 0.5 },
        }, TimeSpan.Zero, new Outbox());
        return node.History.Select(evaluation => evaluation.Step);
    }
}
