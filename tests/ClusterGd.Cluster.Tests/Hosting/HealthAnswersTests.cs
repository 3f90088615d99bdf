using System.Text;
using ClusterGd.Cluster.Hosting;
using Xunit;

namespace ClusterGd.Cluster.Tests.Hosting;

public sealed class HealthAnswersTests
{
    private readonly HealthState _state = new() { IsAlive = true, IsServing = true };

    [Fact]
    public void Alive_FollowsTheActorSystem()
    {
        Assert.Equal((200, """{"status":"alive"}"""), Ask("/alive", 0));
        _state.IsAlive = false;
        Assert.Equal(
            (503, """{"status":"ended","reason":"the node's actor system is not running"}"""),
            Ask("/alive", 0));
        Assert.Equal(503, Ask("/ready", 0).Status);
    }

    [Fact]
    public void Ready_BeforeTheNodeServes_SaysWhatIsWaitedForAndSinceWhen()
    {
        _state.IsServing = false;
        Assert.Equal(
            (503, """{"status":"joining","reason":"waits for the cluster to take the node in"}"""),
            Ask("/ready", 1));
        _state.WaitFor("seed node-0:4053", At(1));
        _state.WaitFor("seed node-0:4053", At(2));   // the same wait keeps its beginning
        Assert.Equal(
            (503, """{"status":"joining","reason":"waits for seed node-0:4053 since 2.5 s","seconds":2.5}"""),
            Ask("/ready", 3.5));
        _state.IsServing = true;
        Assert.Equal((200, """{"status":"ready"}"""), Ask("/ready", 4));
    }

    [Fact]
    public void Training_WithoutARun_IsIdle()
    {
        Assert.Equal((200, """{"status":"idle"}"""), Ask("/training", 100));
        _state.StartRun(0, At(100));
        _state.WaitFor("2 more nodes", At(100));
        _state.EndRun();
        Assert.Equal((200, """{"status":"idle"}"""), Ask("/training", 200));
    }

    [Fact]
    public void Training_WhileStepsAreMade_TellsTheLastAndItsAge()
    {
        _state.StartRun(0, At(10));
        Assert.Equal((200, """{"status":"training","step":0,"secondsSinceStep":0.5}"""), Ask("/training", 10.5));
        _state.Stepped(17, At(11));
        Assert.Equal((200, """{"status":"training","step":17,"secondsSinceStep":0.25}"""), Ask("/training", 11.25));
    }

    [Fact]
    public void Training_WhileItWaits_SaysForWhatAndTheNextStepEndsIt()
    {
        _state.StartRun(16, At(10));
        _state.Stepped(17, At(11));
        _state.WaitFor("shards 4 to 7 from node-1:4053", At(12));
        Assert.Equal(
            (503, """{"status":"waiting","reason":"waits for shards 4 to 7 from node-1:4053 since 3 s","""
                + """
                "seconds":3,"step":17,"secondsSinceStep":4}
                """),
            Ask("/training", 15));
        Assert.Equal(200, Ask("/ready", 15).Status);
        _state.Stepped(18, At(15));
        Assert.Equal(200, Ask("/training", 15).Status);
        _state.WaitFor("a checkpoint", At(16));
        _state.GoOn();
        Assert.Equal(200, Ask("/training", 17).Status);
    }

    [Fact]
    public void Training_WithoutAStepForLong_IsStalledThoughNothingWasSaid()
    {
        _state.StartRun(5, At(0));
        Assert.Equal(200, Ask("/training", 30).Status);
        Assert.Equal(
            (503, """{"status":"waiting","reason":"waits for step 6 since 30.1 s","seconds":30.1,"""
                + """
                "step":5,"secondsSinceStep":30.1}
                """),
            Ask("/training", 30.1));
    }

    [Fact]
    public void Times_AheadOfTheReader_CountAsNow()
    {
        _state.StartRun(5, At(2));
        Assert.Equal((200, """{"status":"training","step":5,"secondsSinceStep":0}"""), Ask("/training", 1.9));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/alive/")]
    [InlineData("/metrics")]
    public void Path_ThatIsNone_Is404(string path) => Assert.Equal(404, Ask(path, 0).Status);

    [Fact]
    public void Stepped_AllocatesNothing()
    {
        _state.Stepped(1, At(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 2; step < 1000; step++) _state.Stepped(step, At(step));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private (int Status, string Body) Ask(string path, double now)
    {
        var answer = HealthAnswers.Of(path, _state, At(now));
        var body = Encoding.UTF8.GetString(answer.Body);
        Assert.EndsWith("}\n", body);
        return (answer.Status, body.TrimEnd('\n'));
    }
}
