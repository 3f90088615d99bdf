using ClusterGd.Cli.Chaos;
using ClusterGd.Core.Faults;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Chaos;

public class ChaosFiguresTests
{
    private const string Node = "127.0.0.1:4053";

    private static readonly StepSample[] s_samples =
    [
        new(1.0, 10), new(1.1, 11), new(1.2, 12), new(1.3, 12), new(1.9, 13), new(2.0, 14), new(6.0, 54),
    ];

    private static readonly Strike s_strike = new("kill", FaultKind.Kill, [Node], 1.25);

    [Fact]
    public void Costs_StepThatWaited_IsMeasuredFromTheFault()
    {
        var cost = Assert.Single(ChaosFigures.Costs([s_strike], s_samples, []));

        Assert.Equal(12, cost.Step);
        Assert.Equal(0.65, cost.StepEndedAfter, 6);
        Assert.Equal(4.0, cost.LongestStep, 6);
    }

    [Fact]
    public void Costs_SentenceNamesTheNode_IsTheTimeOfDetection()
    {
        Said[] sentences =
        [
            new(1.2, $"node {Node} is silent; its work goes to b"), new(1.4, "node c is gone; its work goes to b"),
            new(1.5, $"node {Node} is gone; its work goes to b"),
        ];

        Assert.Equal(0.25, ChaosFigures.Costs([s_strike], s_samples, sentences)[0].DetectedAfter, 6);
    }

    [Fact]
    public void Costs_NothingFollows_AreNotNumbers()
    {
        var cost = ChaosFigures.Costs([new("kill", FaultKind.Kill, [Node], 7)], s_samples, [])[0];

        Assert.True(double.IsNaN(cost.StepEndedAfter) && double.IsNaN(cost.DetectedAfter));
    }

    [Fact]
    public void Throughput_OneFault_TellsBeforeFromDuringAndAfter()
    {
        var (before, during, after) = ChaosFigures.Throughput([s_strike], s_samples);

        Assert.Equal(2 / 0.2, before, 6);
        Assert.Equal(2 / 0.8, during, 6);
        Assert.Equal(40 / 4.0, after, 6);
    }
}
