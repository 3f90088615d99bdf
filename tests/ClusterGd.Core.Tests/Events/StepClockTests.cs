using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Core.Tests.Events;

/// <summary>Four shards: 0 and 1 at node a, 2 and 3 at node b.</summary>
public class StepClockTests
{
    private readonly StepClock _clock = new(0, "a", 4);
    private readonly FloatPool _pool = new(1);
    private double _ms;

    [Fact]
    public void Take_AfterAWhile_TellsMediansAndTheSlowestStep()
    {
        Begin();
        for (int step = 0; step < 64; step++) Step(step, aMs: 4, bMs: step == 30 ? 41 : 9, bComputeMs: 8);

        var times = _clock.Take(Now, () => null)!;

        Assert.Equal((0, "a", 1L, 64), (times.Slice, times.Node, times.FirstStep, times.Steps));
        Assert.Equal((10.0, 10.5), (times.MedianMs, times.MeanMs));
        Assert.Equal(new SlowStep(31, 42, "b", 2, 3, 41, 8), times.Slowest);
        Assert.Equal([new NodeTimes("b", 9.5, 8, 64), new NodeTimes("a", 4, 3, 0)], times.Nodes.ToArray());
    }

    [Fact]
    public void Take_TwiceInAMoment_TellsOnce()
    {
        Begin();
        for (int step = 0; step < 60; step++) Step(step, 4, 9, 8);

        Assert.NotNull(_clock.Take(Now, () => null));
        Assert.Null(_clock.Take(Now, () => null));
    }

    [Fact]
    public void Take_StepThatTakesUnusuallyLong_TellsWhatIsWaitedFor()
    {
        Begin();
        for (int step = 0; step < 60; step++) Step(step, 4, 9, 8);
        _clock.Take(Now, () => null);
        _ms += 1200;

        var times = _clock.Take(Now, () => "the gradients of shards 2, 3 at b")!;

        Assert.Equal(("the gradients of shards 2, 3 at b", 1200.0), (times.Wait, times.WaitMs));
        Assert.Equal((0, 61L), (times.Steps, times.FirstStep));
    }

    [Fact]
    public void Take_AtTheLimit_WaitsForNobody()
    {
        Begin(limit: 60);
        for (int step = 0; step < 60; step++) Step(step, 4, 9, 8);
        _clock.Take(Now, () => null);
        _ms += 60_000;

        Assert.Null(_clock.Take(Now, () => "somebody"));
    }

    [Fact]
    public void Limited_AfterAnEvaluation_DoesNotCountItAsAStep()
    {
        Begin(limit: 30);
        for (int step = 0; step < 30; step++) Step(step, 4, 9, 8);
        _ms += 700;
        _clock.Limited(60, Now);
        for (int step = 30; step < 60; step++) Step(step, 4, 9, 8);

        Assert.Equal(10, _clock.Take(Now, () => null)!.Slowest!.Ms);
    }

    private TimeSpan Now => TimeSpan.FromMilliseconds(_ms);

    private void Begin(long limit = 1000)
    {
        _clock.Published(0, Now);
        _clock.Limited(limit, Now);
    }

    /// <summary>Both nodes' gradients, so long after the step began, and 1 ms later the next version.</summary>
    private void Step(long step, double aMs, double bMs, double bComputeMs)
    {
        double began = _ms;
        Arrive(step, "a", new Subtree(1, 0), began + aMs, aMs - 1);
        Arrive(step, "b", new Subtree(1, 1), began + bMs, bComputeMs);
        _ms = began + bMs + 1;
        _clock.Published(step + 1, Now);
    }

    private void Arrive(long step, string node, Subtree subtree, double ms, double computeMs)
    {
        _ms = ms;
        var sum = new GradientSum(
            step, Pass.MiniBatch, subtree, 8, 0, 0, 2, _pool.Rent(), ComputeMicros: (int)(computeMs * 1000));
        _clock.Arrived(new GradientPart(0, sum, node), Now);
        sum.Values.Release();
    }
}
