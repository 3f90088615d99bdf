using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Events;

public class WhySlowTests
{
    [Fact]
    public void Find_NodeThatComputesSlowerSinceAStep_NamesItAndTheRatio() => AssertFound(
        "Steps take 41 ms since step 301 (median 12 ms before): they waited for the gradients of b, " +
        "compute 38 ms, 3.8x its median.",
        [While(1, 12, 11, 10), While(101, 12, 11, 10), While(201, 12, 11, 10), While(301, 41, 40, bComputeMs: 38)]);

    [Fact]
    public void Find_NodeThatSentSlowerForAWhile_SaysFromWhenToWhen() => AssertFound(
        "Steps 101 to 200 took 41 ms (median 12 ms else): they waited for the gradients of b, " +
        "transfer 30 ms, 30.0x its median.",
        [While(1, 12, 11, 10), While(101, 41, 40, 10), While(201, 12, 11, 10), While(301, 12, 11, 10)]);

    [Fact]
    public void Find_BackupThatIsSlow_BlamesNoGradient() => AssertFound(
        "Steps take 41 ms since step 301 (median 12 ms before): they waited, " +
        "for backups or norms after the last gradient 30 ms, 30.0x its median.",
        [While(1, 12, 11, 10), While(101, 12, 11, 10), While(201, 12, 11, 10), While(301, 41, 11, 10)]);

    [Fact]
    public void Find_OneStepThatWasSlow_NamesStepAndShards() => AssertFound(
        "Steps took 12 ms, but step 150 took 412 ms: it waited for the gradient of shards 2 to 3 at b, " +
        "compute 399 ms, 39.9x its median.",
        [While(1, 12, 11, 10), While(101, 12, 11, 10) with { Slowest = new SlowStep(150, 412, "b", 2, 3, 410, 399) }]);

    [Fact]
    public void Find_OnlyTheBeginningSlow_IsNothing() => Assert.Equal(
        "nothing",
        new WhySlow([While(1, 41, 40, 38), While(101, 12, 11, 10), While(201, 12, 11, 10)]).Find()?.Kind);

    [Fact]
    public void Find_NothingSlow_SaysWhoIsLastMostOften() => AssertFound(
        "Nothing was slow: steps took 12 ms, the slowest 13 ms (step 101); in 97 % of them the last gradient came " +
        "from b, after 11 ms, of which 10 ms were compute.",
        [While(1, 12, 11, 10), While(101, 12, 11, 10)]);

    /// <summary>Asynchronous steps tell no times of their own.</summary>
    [Fact]
    public void Find_OnlyEvaluationsKnown_TimesTheStepsBetweenThem() => AssertFound(
        "Steps 201 to 300 took 50 ms (median 10 ms else); in this mode they are timed from one evaluation to the next.",
        [.. StepTimes.Between([(0, 0), (100, 1), (200, 2), (300, 7), (400, 8)])]);

    [Fact]
    public void Find_OnlyEvaluationsKnownAndNoneSlow_SaysSo() => AssertFound(
        "Nothing was slow: steps took 10 ms; in this mode they are timed from one evaluation to the next.",
        [.. StepTimes.Between([(0, 0), (100, 1), (200, 2)])]);

    [Fact]
    public void Find_NoStepsTimed_IsNothing() => Assert.Null(new WhySlow([]).Find());

    private static void AssertFound(string sentence, StepTimes[] times) =>
        Assert.Equal(sentence, new WhySlow(times).Find()?.Sentence);

    /// <summary>A hundred steps, of which node b was last in 97.</summary>
    private static StepTimes While(long first, double meanMs, double bMs, double bComputeMs) => new(
        0, "a", first, 100, 1, meanMs, [new NodeTimes("b", bMs, bComputeMs, 97), new NodeTimes("a", 4, 3, 3)],
        new SlowStep(first, meanMs + 1, "b", 2, 3, bMs, bComputeMs));
}
