using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What the coordinator, at node a, does where control messages arrive and tensors do not.</summary>
public class CoordinatorLinksTests
{
    private static readonly string[] s_nodes = ["a", "b", "c"];
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);

    private readonly Outbox _effects = new();
    private readonly HashSet<(string From, string To)> _dead = [];
    private readonly List<(string From, string To, double Share)> _lossy = [];
    private CoordinatorProtocol? _coordinator;
    private long _version, _step;
    private bool _makesSteps;
    private TimeSpan _now, _brokenSince;

    [Fact]
    public void Handle_OneNodeReachesNobody_LosesItsWorkToTheOthers()
    {
        Start();
        Break(("c", "a"), ("c", "b"), ("a", "c"), ("b", "c"));
        Pass(seconds: 2.5);

        Assert.Equal(["a", "b"], Newest.Layout.Nodes.AsEnumerable());
        Assert.Equal(0, Newest.Layout.Generation);
        Assert.Contains(Notes, note => note.StartsWith(
            "node c is out of reach for tensors (tensors between c and a, b do not arrive since 2.",
            StringComparison.Ordinal));
    }

    /// <summary>Who decides need not be who works.</summary>
    [Fact]
    public void Handle_TheCoordinatorsNodeReachesNobody_LosesItsWorkToTheOthers()
    {
        Start();
        Break(("a", "b"), ("a", "c"));
        Pass(seconds: 2.5);

        Assert.Equal(["b", "c"], Newest.Layout.Nodes.AsEnumerable());
    }

    [Theory]
    [InlineData("b", "c")]
    [InlineData("c", "b")]
    [InlineData("b", "a")]
    public void Handle_OneDirectionOfOnePair_OneOfTheTwoLosesItsWork(string from, string to)
    {
        Start();
        Break((from, to));
        Pass(seconds: 5);

        var gone = s_nodes.Except(Newest.Layout.Nodes).ToList();
        Assert.Contains(Assert.Single(gone), new[] { from, to });
        Assert.Single(Notes, note => note.Contains("out of reach"));
    }

    /// <summary>The report says from whom, by whom, for how long, and its age counts as well.</summary>
    [Theory]
    [InlineData(false, "(tensors from b to c do not arrive since 2.0 s; control messages do)")]
    [InlineData(true, "(large packets do not arrive: MTU? from b to c since 2.0 s; small ones do)")]
    public void Handle_AReport_IsToldWithItsDirectionSizeAndTime(bool isLargeOnly, string told)
    {
        Start();
        var silence = TimeSpan.FromSeconds(1.5);
        var report = new LinkReport("c", [new SilentLink("b", silence, isLargeOnly, IsOverdue: true)]);
        _coordinator!.Handle(report, _now, _effects);
        Pass(seconds: 0.5);
        _coordinator.Handle(new LinkReport("a", []), _now, _effects);

        Assert.Contains(told, Assert.Single(Notes, note => note.Contains("out of reach")), StringComparison.Ordinal);
    }

    [Fact]
    public void Tick_LinksAreGoodAgain_TheNodeGetsWorkAfterAWhile()
    {
        Start();
        Break(("c", "a"), ("c", "b"));
        Pass(seconds: 10);
        _dead.Clear();
        Pass(seconds: 7);
        Assert.DoesNotContain("c", Newest.Next?.Nodes ?? []);
        Pass(seconds: 5);

        Assert.Contains("c", (Newest.Next ?? Newest.Layout).Nodes);
    }

    [Fact]
    public void Tick_LinksBreakAgain_TheNodeWaitsTwiceAsLong()
    {
        Start();
        for (int i = 0; i < 2; i++)
        {
            Break(("c", "a"), ("c", "b"));
            Pass(seconds: 5);
            _dead.Clear();
            if (i == 0) Pass(seconds: 12);
        }
        Pass(seconds: 14);
        Assert.DoesNotContain("c", (Newest.Next ?? Newest.Layout).Nodes);
        Pass(seconds: 6);

        Assert.Contains("c", (Newest.Next ?? Newest.Layout).Nodes);
    }

    /// <summary>It may be a switch that comes back: nobody is better than the others.</summary>
    [Fact]
    public void Handle_NobodyReachesAnybody_WaitsAndSaysForWhat()
    {
        Start();
        Break(("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("b", "c"), ("c", "b"));
        Pass(seconds: 30);

        Assert.Equal(s_nodes, Newest.Layout.Nodes.AsEnumerable());
        Assert.Contains(
            "do not arrive since", _effects.OfType<CoordinatorEffect.Waiting>().Last().What, StringComparison.Ordinal);
    }

    [Fact]
    public void Handle_NodeHasASliceThatNobodyElseHas_IsWaitedForBeforeTheRunGoesBack()
    {
        Start(backups: 0);
        Break(("c", "a"), ("c", "b"));
        Pass(seconds: 9);
        Assert.Equal(0, Newest.Layout.Generation);
        Pass(seconds: 6);

        Assert.Equal(1, Newest.Layout.Generation);
        Assert.Equal(["a", "b"], (Newest.Next ?? Newest.Layout).Nodes.AsEnumerable());
    }

    /// <summary>Nobody has work for a moment, so that it is not clear by that whose links are the bad ones.</summary>
    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Tick_RunBegunAnewOverABadNode_TheOthersGetItsWork(string victim)
    {
        Start(backups: 0);
        string[] others = [.. s_nodes.Except([victim])];
        Break((victim, others[0]), (victim, others[1]));
        Pass(seconds: 90);

        Assert.Equal(1, Newest.Layout.Generation);
        Assert.Equal(others, Newest.Layout.Nodes.AsEnumerable());
    }

    /// <summary>One that is silent on both planes is silent, and not a matter of links.</summary>
    [Fact]
    public void Handle_NodeIsSilentOnBothPlanes_IsNotJudgedByItsLinks()
    {
        Start();
        Break(("c", "a"), ("c", "b"));
        Pass(seconds: 5, silent: "c");

        Assert.Equal(s_nodes, Newest.Layout.Nodes.AsEnumerable());
    }

    [Fact]
    public void Handle_PacketsAreLost_IsToldOnceForAllLinks()
    {
        Start();
        _makesSteps = true;
        Lose(("a", "b", 0.18), ("a", "c", 0.25));
        Pass(seconds: 30);

        Assert.Equal(
            "tensors from a to b, c are slow: packet loss (up to 25 % of segments sent again)", Assert.Single(Losses));
        Assert.Equal(s_nodes, Newest.Layout.Nodes.AsEnumerable());
    }

    [Fact]
    public void Tick_StepWaitsWhileManyPacketsOfANodeAreLost_ItsWorkGoesToTheOthers()
    {
        Start();
        Lose(("a", "c", 0.25), ("b", "c", 0.3), ("c", "a", 0.2));
        Pass(seconds: 3);

        Assert.Equal(["a", "b"], Newest.Layout.Nodes.AsEnumerable());
        Assert.Contains(Notes, note => note.EndsWith(
            "packet loss (up to 30 % of segments sent again)); its work goes to a, b", StringComparison.Ordinal));
    }

    /// <summary>One node alone has no links that could be slow; what only one node has is kept.</summary>
    [Fact]
    public void Tick_StepWaitsWhileAllLinksLosePackets_OneNodeGoesOnAlone()
    {
        Start();
        Lose(("a", "b", 0.2), ("a", "c", 0.2), ("b", "a", 0.2), ("b", "c", 0.2), ("c", "a", 0.2), ("c", "b", 0.2));
        Pass(seconds: 12);

        Assert.Single(Newest.Layout.Nodes);
        Assert.Equal(0, Newest.Layout.Generation);
    }

    [Fact]
    public void Tick_StepWaitsWhileFewPacketsAreLost_NothingMoves()
    {
        Start();
        Lose(("a", "c", 0.08), ("b", "c", 0.08));
        Pass(seconds: 30);

        Assert.Equal(s_nodes, Newest.Layout.Nodes.AsEnumerable());
    }

    [Fact]
    public void Tick_NodeHasASliceThatNobodyElseHasAndItsLinksLosePackets_KeepsItsWork()
    {
        Start(backups: 0);
        Lose(("a", "c", 0.25), ("b", "c", 0.3), ("c", "a", 0.2));
        Pass(seconds: 60);

        Assert.Contains("c", Newest.Layout.Nodes);
        Assert.Equal(0, Newest.Layout.Generation);
    }

    [Theory]
    [InlineData(50, 1)]
    [InlineData(70, 2)]
    public void Handle_PacketsAreLostAgain_IsToldAgainAfterAMinuteWithout(double good, int count)
    {
        Start();
        Lose(("a", "b", 0.08));
        Pass(seconds: 5);
        _lossy.Clear();
        Pass(good);
        Lose(("a", "b", 0.09));
        Pass(seconds: 5);

        Assert.Equal(count, Losses.Count());
    }

    [Fact]
    public void Tick_LinksThatBrokeLosePackets_TheNodeGetsNoWorkUntilTheyDoNot()
    {
        Start();
        Break(("c", "a"), ("c", "b"));
        Lose(("a", "c", 0.2));
        Pass(seconds: 10);
        _dead.Clear();
        Pass(seconds: 60);
        Assert.DoesNotContain("c", (Newest.Next ?? Newest.Layout).Nodes);
        _lossy.Clear();
        Pass(seconds: 12);

        Assert.Contains("c", (Newest.Next ?? Newest.Layout).Nodes);
    }

    private RunDirective Newest => _effects.OfType<CoordinatorEffect.Broadcast>().Last().Directive;

    private IEnumerable<string> Notes => _effects.OfType<CoordinatorEffect.Note>().Select(note => note.What);

    private IEnumerable<string> Losses => Notes.Where(note => note.Contains("are slow: packet loss"));

    private void Lose(params (string From, string To, double Share)[] links) => _lossy.AddRange(links);

    private void Break(params (string From, string To)[] links)
    {
        _brokenSince = _now;
        _dead.UnionWith(links);
    }

    private void Start(int backups = 1)
    {
        var (job, data) = TestJobs.Named("mlp");
        _coordinator = new CoordinatorProtocol(new TrainingPlan(job, data), new CoordinatorSettings
        {
            Name = "a", Fingerprint = "same", NodesMin = 3, NodesHoped = 3, Backups = backups,
            RetryInterval = TimeSpan.FromMilliseconds(500),
        }, _now);
        Pass(seconds: 1);
        Assert.True(Newest.IsSettled);
        Assert.Equal(3, Newest.Layout.SliceHosts.Distinct().Count());
    }

    /// <summary>All do what is wanted, and say what does not arrive.</summary>
    private void Pass(double seconds, string? silent = null)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end;)
        {
            _now += s_tick;
            if (_makesSteps) _step++;
            foreach (string node in s_nodes.Where(node => node != silent)) Say(node);
            _coordinator!.Tick(_now, _effects);
        }
    }

    private void Say(string node)
    {
        var directive = _effects.OfType<CoordinatorEffect.Broadcast>().LastOrDefault()?.Directive;
        var layout = directive?.Layout;
        long term = layout?.Term ?? 0;
        int[] slices = [.. (layout?.SlicesOf(node) ?? []).Union(layout?.BackupsOf(node) ?? []).Order()];
        _coordinator!.Handle(
            new NodeStatus(
                node, ++_version, "", "same", false, directive?.Next?.Term ?? term, term,
                new SliceHoldings([.. slices.Select(slice => new SliceHolding(slice, _step, term))]), term,
                HasEnded: false),
            _now, _effects);
        if (directive?.IsHeld == true) _coordinator.Handle(new Held(node, term, 0), _now, _effects);
        foreach (int slice in layout?.SlicesOf(node) ?? [])
        {
            _coordinator.Handle(new SliceReached(slice, 0, layout!.Generation), _now, _effects);
        }
        var silence = _now - _brokenSince;
        SilentLink[] silent = silence < TimeSpan.FromSeconds(1) ? [] :
        [
            .. _dead.Where(link => link.To == node)
                .Select(link => new SilentLink(link.From, silence, false, silence > TimeSpan.FromSeconds(1.6))),
        ];
        LossyLink[] lossy =
            [.. _lossy.Where(link => link.From == node).Select(link => new LossyLink(link.To, link.Share))];
        if (silent.Length + lossy.Length == 0) return;
        _coordinator.Handle(new LinkReport(node, [.. silent]) { Lossy = [.. lossy] }, _now, _effects);
    }
}
