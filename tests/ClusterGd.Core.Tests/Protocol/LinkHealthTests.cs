using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class LinkHealthTests
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);
    private readonly LinkHealth _links = new("a");
    private TimeSpan _now;

    public LinkHealthTests() => _links.Follow(DirectiveOf(["a", "b", "c"]), _now);

    [Fact]
    public void Report_AllIsHeard_SaysNothing()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);

        Assert.Null(_links.Report(_now));
    }

    /// <summary>Nobody waits for a tensor: the probes alone tell.</summary>
    [Fact]
    public void Report_OnePeerFallsSilent_NamesItWithinTwoSeconds()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        Pass(seconds: 2, large: ["c", "client"], small: []);

        var silent = Assert.Single(_links.Report(_now)!.Silent);
        Assert.Equal(("b", false, true), (silent.From, silent.IsLargeOnly, silent.IsOverdue));
        Assert.InRange(silent.Silence.TotalSeconds, 1.9, 2.8);
    }

    [Fact]
    public void Report_SmallPacketsArriveAlone_SaysSo()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        Pass(seconds: 3, large: ["c", "client"], small: ["b"]);

        var silent = Assert.Single(_links.Report(_now)!.Silent);
        Assert.Equal(("b", true, true), (silent.From, silent.IsLargeOnly, silent.IsOverdue));
    }

    /// <summary>It says whose links may be bad before it says that they are: others may say the same.</summary>
    [Fact]
    public void Report_ShortSilence_IsNotOverdue()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        Pass(seconds: 1.2, large: ["c", "client"], small: []);

        Assert.False(Assert.Single(_links.Report(_now)!.Silent).IsOverdue);
    }

    [Fact]
    public void Report_HeardAgain_SaysNothing()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        Pass(seconds: 10, large: ["c", "client"], small: []);
        Pass(seconds: 1, large: ["b", "c", "client"], small: []);

        Assert.Null(_links.Report(_now));
    }

    /// <summary>The silence before was a fault: the next one has the same deadline, not a longer one.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Report_SecondLongSilence_IsOverdueAsSoonAsTheFirst(bool isLargeOnly)
    {
        string[] small = isLargeOnly ? ["b"] : [];
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        Pass(seconds: 10, large: ["c", "client"], small);
        Pass(seconds: 1, large: ["b", "c", "client"], small: []);
        Pass(seconds: 2.5, large: ["c", "client"], small);

        var silent = Assert.Single(_links.Report(_now)!.Silent);
        Assert.Equal(("b", isLargeOnly, true), (silent.From, silent.IsLargeOnly, silent.IsOverdue));
    }

    /// <summary>One that comes has to connect first.</summary>
    [Fact]
    public void Report_PeerIsNew_HasTimeToConnect()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        _links.Follow(DirectiveOf(["a", "b", "c", "d"]), _now);
        Pass(seconds: 2.5, large: ["b", "c", "client"], small: []);

        Assert.Null(_links.Report(_now));
    }

    [Fact]
    public void Report_ThisProcessStoodStill_BlamesNobody()
    {
        Pass(seconds: 20, large: ["b", "c", "client"], small: []);
        _now += TimeSpan.FromSeconds(30);
        _links.Tick(_now);

        Assert.Null(_links.Report(_now));
    }

    /// <summary>One without work probes those that have some, which must answer though no layout names it.</summary>
    [Fact]
    public void Peers_StrangerIsHeard_AreItTooForAWhile()
    {
        _links.Hear("idle", isLarge: false, _now);
        Assert.Contains("idle", _links.Peers);

        Pass(seconds: 9, large: ["b", "c", "client"], small: []);
        Assert.DoesNotContain("idle", _links.Peers);
        Assert.Null(_links.Report(_now));
    }

    /// <summary>Else it would get work that it cannot do.</summary>
    [Fact]
    public void Report_StrangersLargePacketsDoNotArrive_NamesIt()
    {
        Pass(seconds: 10, large: ["b", "c", "client"], small: ["idle"]);

        var silent = Assert.Single(_links.Report(_now)!.Silent);
        Assert.Equal(("idle", true), (silent.From, silent.IsLargeOnly));
    }

    [Fact]
    public void Peers_NodeHasNoWorkAnyMore_AreWithoutIt()
    {
        _links.Follow(DirectiveOf(["a", "c"]), _now);

        Assert.Equal(["c", "client"], _links.Peers.Order());
    }

    private static RunDirective DirectiveOf(string[] nodes) => new(
        nodes[0], new Layout(1, 0, [.. nodes], ["client"], [.. nodes, "client"], [], [], [], []))
    {
        Sequence = 1,
        IsSettled = true,
    };

    /// <summary>A probe of everybody each quarter of a second.</summary>
    private void Pass(double seconds, string[] large, string[] small)
    {
        var end = _now + TimeSpan.FromSeconds(seconds);
        for (int i = 1; _now < end; i++)
        {
            _now += s_tick;
            _links.Tick(_now);
            if (i % 5 != 0) continue;
            foreach (string peer in large) _links.Hear(peer, isLarge: true, _now);
            foreach (string peer in small) _links.Hear(peer, isLarge: false, _now);
        }
    }
}
