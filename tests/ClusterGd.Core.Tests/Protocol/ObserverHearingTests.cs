using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class ObserverHearingTests
{
    private static readonly TimeSpan s_pulse = TimeSpan.FromMilliseconds(200);
    private readonly ObserverHearing _hearing = new("client");
    private TimeSpan _now;

    [Fact]
    public void Successor_CoordinatorAnswers_IsNobody()
    {
        Pass(seconds: 30, "a", "b");

        Assert.Null(_hearing.Successor);
        Assert.True(_hearing.Unanswered <= s_pulse);
    }

    [Fact]
    public void Successor_CoordinatorIsNotHeardForFourSeconds_IsTheFirstThatAnswers()
    {
        Pass(seconds: 5, "a", "b", "c");
        Pass(seconds: 3.6, "c", "b");
        Assert.Null(_hearing.Successor);

        Pass(seconds: 0.6, "c", "b");
        Assert.Equal("b", _hearing.Successor);
    }

    /// <summary>The link carries one direction only.</summary>
    [Fact]
    public void Successor_CoordinatorIsHeardAndDoesNotHear_IsAnotherThatDoes()
    {
        Pass(seconds: 5, "a", "b");
        for (int i = 0; i < 25; i++)
        {
            _hearing.Hear("a", ["b"], _now + s_pulse);
            Pass(seconds: 0.2, "b");
        }

        Assert.Equal("b", _hearing.Successor);
    }

    /// <summary>It would be no better off.</summary>
    [Fact]
    public void Successor_NobodyElseAnswers_IsNobodyWhileTheWaitGrows()
    {
        Pass(seconds: 5, "a", "b");
        for (int i = 0; i < 300; i++)
        {
            _hearing.Hear("b", ["a"], _now + s_pulse);
            Pass(seconds: 0.2);
        }

        Assert.Null(_hearing.Successor);
        Assert.Equal(60, _hearing.Unanswered.TotalSeconds, 1.0);
    }

    [Fact]
    public void Unanswered_NewCoordinator_BeginsWithIt()
    {
        Pass(seconds: 5, "a", "b");
        Pass(seconds: 6, "b");
        _hearing.Tick("b", _now);

        Assert.Null(_hearing.Successor);
        Assert.Equal(TimeSpan.Zero, _hearing.Unanswered);
    }

    /// <summary>Nodes may take minutes to read their rows.</summary>
    [Fact]
    public void Unanswered_NoNodeIsPreparedYet_IsZero()
    {
        Pass(seconds: 100);

        Assert.Equal(TimeSpan.Zero, _hearing.Unanswered);
    }

    [Fact]
    public void Unanswered_ThisProcessStoodStill_BeginsThen()
    {
        Pass(seconds: 5, "a", "b");
        _now += TimeSpan.FromSeconds(70);
        _hearing.Tick("a", _now);

        Assert.Equal(TimeSpan.Zero, _hearing.Unanswered);
    }

    [Fact]
    public void Heard_ObserverFallsSilent_IsNotAmongThemAfterTwoSeconds()
    {
        var node = new ObserverHearing("a");
        node.Hear("client", [], _now);
        node.Tick("a", _now + TimeSpan.FromSeconds(1.9));
        Assert.Equal(["client"], node.Heard);

        node.Tick("a", _now + TimeSpan.FromSeconds(2.1));
        Assert.Empty(node.Heard);
    }

    /// <summary>Time in which some nodes are heard and say that they hear this process; coordinator is a.</summary>
    private void Pass(double seconds, params string[] nodes)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end;)
        {
            _now += s_pulse;
            foreach (string node in nodes) _hearing.Hear(node, ["client"], _now);
            _hearing.Tick("a", _now);
        }
    }
}
