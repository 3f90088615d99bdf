using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Others stand in for who is late: what the first slice asks for, and what a node does.</summary>
public class StandInTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(100);
    private readonly TrainingPlan _plan;
    private readonly ShardComputer _computer;
    private readonly FloatPool _pool;
    private readonly PooledFloats _initial;
    private readonly ParameterSlice _slice;
    private readonly List<SliceEffect> _effects = [];
    private readonly List<NodeEffect> _nodeEffects = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    public StandInTests()
    {
        var (job, data) = TestJobs.Named("logistic");
        _plan = new TrainingPlan(job, data);
        var rows = new ShardStore(data, _plan.ShardCount);
        _computer = new ShardComputer(_plan, rows);
        _pool = new FloatPool(_plan.Model.ParameterCount);
        _initial = _pool.Rent();
        _plan.InitialParameters(rows).CopyTo(_initial.Span);
        _slice = new ParameterSlice(_plan, 0, "a", 0, _initial.Span, s_retry);
        _slice.Handle(Directive, _now, _effects);
    }

    [Fact]
    public void LookForLate_LastShardMissingForLong_AsksANodeThatHasAnswered()
    {
        AnswerAllBut(_plan.ShardCount - 1);
        After(TimeSpan.FromMilliseconds(20));
        Assert.Empty(Asked);
        After(TimeSpan.FromMilliseconds(200));

        var ask = Assert.Single(Asked);
        Assert.Equal(0, ask.Step);
        Assert.Equal([_plan.ShardCount - 1], ask.Shards.AsEnumerable());
        Assert.NotEqual("c", ask.Node);
    }

    [Fact]
    public void LookForLate_AskedAlready_AsksNobodyElse()
    {
        AnswerAllBut(_plan.ShardCount - 1);
        for (int i = 0; i < 10; i++) After(TimeSpan.FromMilliseconds(200));

        Assert.Single(Asked);
    }

    [Fact]
    public void LookForLate_MoreThanHalfMissing_WaitsLikeTheOthers()
    {
        Answer(0);
        After(TimeSpan.FromSeconds(20));

        Assert.Empty(Asked);
    }

    [Fact]
    public void LookForLate_BothAnswer_CountsOneAndComparesTheOther()
    {
        int last = _plan.ShardCount - 1;
        AnswerAllBut(last);
        After(TimeSpan.FromMilliseconds(200));
        Answer(last, "b");
        Assert.Equal(1, _slice.Step);
        Answer(last, "c");

        Assert.Equal((_plan.ShardCount, 1L), (_slice.ShardsCounted, _slice.ComparedCount));
        Assert.Empty(_effects.OfType<SliceEffect.Diverged>());
    }

    /// <summary>One of those that have the parameters must outlive the death of the host.</summary>
    [Fact]
    public void LookForLate_NoMoreOthersThanBackups_AsksNobody()
    {
        var layout = Directive.Layout with
        {
            Term = 3, Nodes = ["a", "c"], Endpoints = ["", ""], SliceBackups = [[new SliceBackup("c", 3)]],
            ShardHosts = [.. Directive.Layout.ShardHosts.Select(host => host == "c" ? "c" : "a")],
        };
        _slice.Handle(Directive with { Layout = layout }, _now, _effects);
        AnswerAllBut(_plan.ShardCount - 1);
        After(TimeSpan.FromMilliseconds(200));

        Assert.Empty(Asked);
    }

    [Fact]
    public void StandIn_RowsAreHere_ComputesAtOnce()
    {
        var node = NodeAtStep0();
        node.Prepared(7, _nodeEffects);
        _nodeEffects.Clear();
        node.StandIn(0, [7], _nodeEffects);

        Assert.Equal(7, Assert.Single(_nodeEffects.OfType<NodeEffect.Compute>()).Shard);
        Assert.Equal(1, node.RecomputedCount);
    }

    [Fact]
    public void StandIn_RowsAreElsewhere_FetchesThemAndComputesThen()
    {
        var node = NodeAtStep0();
        node.StandIn(0, [7], _nodeEffects);
        Assert.Empty(_nodeEffects.OfType<NodeEffect.Compute>());
        Assert.Equal([7], Assert.Single(_nodeEffects.OfType<NodeEffect.Prepare>()).Shards.AsEnumerable());
        node.Prepared(7, _nodeEffects);

        Assert.Equal(7, Assert.Single(_nodeEffects.OfType<NodeEffect.Compute>()).Shard);
    }

    [Fact]
    public void StandIn_ForAnotherStep_DoesNothing()
    {
        var node = NodeAtStep0();
        node.StandIn(3, [7], _nodeEffects);

        Assert.Empty(_nodeEffects);
    }

    private IEnumerable<SliceEffect.AskStandIn> Asked => _effects.OfType<SliceEffect.AskStandIn>();

    /// <summary>Node a hosts the slice; c the last shard; a and b the others in turn.</summary>
    private RunDirective Directive
    {
        get
        {
            ImmutableArray<string> hosts =
            [
                .. Enumerable.Range(0, _plan.ShardCount)
                    .Select(s => s == _plan.ShardCount - 1 ? "c" : s % 2 == 0 ? "a" : "b"),
            ];
            var layout = new Layout(2, 0, ["a", "b", "c"], [], ["", "", ""], hosts, ["a"], ["a"], [[]]);
            return new RunDirective(1, "a", layout, null, 10, 10, false, true, [], [], false, -1, null, null);
        }
    }

    private NodeProtocol NodeAtStep0()
    {
        var node = new NodeProtocol("b", _plan, s_retry);
        node.Handle(Directive, _now, _nodeEffects);
        foreach (int shard in node.Shards) node.Prepared(shard, _nodeEffects);
        node.Handle(new SlicePublished(0, 0, 2, 0, false, double.NaN, _initial.Retain()), _now, _nodeEffects);
        Assert.Equal(node.Shards.Count, _nodeEffects.OfType<NodeEffect.Compute>().Count());
        _nodeEffects.Clear();
        return node;
    }

    private void AnswerAllBut(int missing)
    {
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            if (shard != missing) Answer(shard);
        }
    }

    private void Answer(int shard, string? node = null)
    {
        var sum = _computer.Gradient(
            shard, Pass.MiniBatch, new ParameterVersion(0, false, 0, _initial), _pool, out _);
        node ??= Directive.Layout.ShardHosts[shard];
        _slice.Handle(new GradientPart(0, sum, node), _now, _effects);
    }

    private void After(TimeSpan time) => _slice.LookForLate(_now += time, _effects);
}
