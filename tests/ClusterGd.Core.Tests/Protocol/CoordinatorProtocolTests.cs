using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What the coordinator does as nodes come and go, word by word.</summary>
public class CoordinatorProtocolTests
{
    private readonly Outbox _effects = new();
    private readonly TrainingPlan _plan;
    private readonly CoordinatorProtocol _coordinator;
    private long _version;
    private TimeSpan _now;

    public CoordinatorProtocolTests()
    {
        var (job, data) = TestJobs.Named("mlp");
        _plan = new TrainingPlan(job, data);
        _coordinator = new CoordinatorProtocol(_plan, new CoordinatorSettings
        {
            Name = "a", Fingerprint = "same", NodesMin = 3, NodesHoped = 3, RetryInterval = TimeSpan.FromSeconds(1),
        }, _now);
    }

    [Fact]
    public void Run_FewerNodesThanTheMinimum_DoesNotStart()
    {
        Say("a");
        Say("b");
        Pass(TimeSpan.FromSeconds(10));

        Assert.Null(Newest);
        Assert.Contains("1 more of 3 nodes", Assert.IsType<CoordinatorEffect.Waiting>(_effects[^1].What).What);
    }

    [Fact]
    public void Run_SliceLostAfterTheStart_BeginsAnewWithTheNodesThatAreLeft()
    {
        Start();
        _coordinator.NodeLost("c", _now, _effects);
        Pass(TimeSpan.FromSeconds(1));
        Ready("a", "b");

        Assert.Equal(1, Newest!.Layout.Generation);
        Assert.Equal(["a", "b"], Newest.Layout.Nodes.AsEnumerable());
        Assert.True(Newest.IsSettled);
    }

    [Fact]
    public void Run_SecondNodeLostWhileItBeginsAnew_BeginsOnlyOnce()
    {
        Start();
        _coordinator.NodeLost("c", _now, _effects);
        _coordinator.NodeLost("b", _now, _effects);
        Pass(TimeSpan.FromSeconds(1));
        Pass(TimeSpan.FromSeconds(1));
        Ready("a");

        Assert.Equal(1, Newest!.Layout.Generation);
        Assert.Single(_effects.OfType<CoordinatorEffect.Note>(), note => note.What.Contains("begins anew"));
    }

    [Fact]
    public void Run_NodeIsSlow_ItsWorkMovesAndComesBackAfterAWhile()
    {
        Start();
        Slow("b");
        Assert.Null(Newest!.Next);
        Slow("b");

        Assert.Equal(["a", "c"], Newest!.Next!.Nodes.AsEnumerable());
        Assert.Single(_effects.OfType<CoordinatorEffect.Note>(), note =>
            note.What == "node b is slow; its work goes to a, c for 30 s");

        Pass(TimeSpan.FromSeconds(30));
        Pass(TimeSpan.FromSeconds(1));
        Assert.Null(Newest.Next);
    }

    /// <summary>Nobody lags behind by so little for long.</summary>
    [Fact]
    public void Run_AllNodesHaveOnlyLaterParametersThanASliceNeeds_BeginsAnewAfterAWhile()
    {
        Start();
        for (int i = 0; i < 7; i++)
        {
            foreach (string node in new[] { "a", "b", "c" }) Say(node, oldestVersion: 1);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Single(_effects.OfType<CoordinatorEffect.Note>(), note =>
            note.What.StartsWith("nobody has the parameters of step 0 any more", StringComparison.Ordinal));
    }

    /// <summary>The only node that had the parameters of step 2 is gone; slice 1 has gone on to step 3.</summary>
    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 0)]
    public void Run_NoNodeCanGetTheParametersThatASliceNeeds_BeginsAnewAfterAWhile(int newestSliceOfC, int begunAnew)
    {
        Start();
        for (int i = 0; i < 7; i++)
        {
            Say("a", oldestVersion: 1, newestSlice: 3, step: 2);
            Say("b", oldestVersion: 0, newestVersion: 1, newestSlice: 3, step: 3);
            Say("c", newestSlice: newestSliceOfC, step: 2);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(begunAnew, _effects.OfType<CoordinatorEffect.Note>().Count(note =>
            note.What.StartsWith("nobody has the parameters of step 2 any more", StringComparison.Ordinal)));
    }

    /// <summary>It has the last word of the others from before, and newer ones of its own node.</summary>
    [Fact]
    public void Run_CoordinatorThatIsCutOff_DoesNotBeginAnew()
    {
        Start();
        foreach (string node in new[] { "b", "c" }) Say(node, oldestVersion: 1);
        for (int i = 0; i < 20; i++)
        {
            Say("a", oldestVersion: 1);
            Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(_effects.OfType<CoordinatorEffect.Note>());
    }

    [Fact]
    public void Run_SeveralNodesAreSlow_KeepTheirWork()
    {
        Start();
        for (int i = 0; i < 4; i++) Slow(i % 2 == 0 ? "a" : "b");

        Assert.Null(Newest!.Next);
    }

    [Fact]
    public void Run_NodeWasSlowInAnEarlierLayout_KeepsItsWork()
    {
        Start();
        for (int i = 0; i < 2; i++) Slow("b", Newest!.Layout.Term - 1);

        Assert.Null(Newest!.Next);
    }

    /// <summary>The first was killed before anybody heard of it.</summary>
    [Fact]
    public void Run_ProcessInTheOldOnesPlaceIsCoordinator_HasTermsOfItsOwn()
    {
        Start();
        long term = Newest!.Layout.Term;
        var next = new CoordinatorProtocol(_plan, new CoordinatorSettings
        {
            Name = "a", Incarnation = 1, Fingerprint = "same", RetryInterval = TimeSpan.FromSeconds(1),
        }, _now);
        next.Handle(new NodeStatus("a", 1, "", "same", false, 0, 0, SliceHoldings.None, 0, false), _now, _effects);
        next.Tick(_now, _effects);

        Assert.NotEqual(term >> 20, Newest.Layout.Term >> 20);
    }

    /// <summary>Another went on with it, where this one heard neither of them.</summary>
    [Fact]
    public void Handle_SliceIsFurtherThanAllowed_AsksAllWhatTheyRemember()
    {
        Start();
        long term = Newest!.Layout.Term;
        Say("a", term, term, step: Newest.Limit);
        Assert.Empty(_effects.OfType<CoordinatorEffect.Superseded>());

        Say("a", term, term, step: Newest.Limit + 1);
        Assert.Single(_effects.OfType<CoordinatorEffect.Superseded>());
    }

    /// <summary>The next evaluation may be minutes away.</summary>
    [Fact]
    public void Tick_StepsAreMade_WaitsForNothing()
    {
        Start();
        for (int step = 1; step <= 60; step++)
        {
            foreach (string node in new[] { "a", "b", "c" }) Say(node, step: step);
            Pass(TimeSpan.FromSeconds(1));
        }
        Assert.Empty(_effects.OfType<CoordinatorEffect.Waiting>());

        Pass(TimeSpan.FromSeconds(31));
        Assert.Equal(31, _effects.OfType<CoordinatorEffect.Waiting>().Single().Since.TotalSeconds, 1.0);
    }

    private void Slow(string node, long? term = null)
    {
        _coordinator.Handle(new NodeSlow(node, term ?? Newest!.Layout.Term), _now, _effects);
        Pass(TimeSpan.FromSeconds(1));
    }

    private RunDirective? Newest => _effects.OfType<CoordinatorEffect.Broadcast>().LastOrDefault()?.Directive;

    private void Start()
    {
        foreach (string node in new[] { "a", "b", "c" }) Say(node);
        Ready("a", "b", "c");
        Assert.True(Newest!.IsSettled);
        Assert.Equal(3, Newest.Layout.SliceHosts.Distinct().Count());
    }

    /// <summary>The nodes have done whatever was asked for last.</summary>
    private void Ready(params string[] nodes)
    {
        for (int i = 0; i < 2; i++)
        {
            foreach (string node in nodes) Say(node, (Newest!.Next ?? Newest.Layout).Term, Newest.Layout.Term);
        }
    }

    private void Say(
        string node, long prepared = 0, long ready = 0, long? oldestVersion = null, long? newestVersion = null,
        long? newestSlice = null, long step = 0)
    {
        newestVersion ??= oldestVersion;
        int[] slices = [.. Newest?.Layout.SlicesOf(node) ?? []];
        var holdings = new SliceHoldings([.. slices.Select(slice => new SliceHolding(slice, step, null))]);
        _coordinator.Handle(
            new NodeStatus(node, ++_version, "", "same", false, prepared, ready, holdings, ready, false,
                oldestVersion, newestVersion, newestSlice ?? newestVersion), _now, _effects);
    }

    private void Pass(TimeSpan time)
    {
        _now += time;
        _coordinator.Tick(_now, _effects);
    }
}
