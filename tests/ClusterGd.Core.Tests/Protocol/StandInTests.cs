using System.Collections.Immutable;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Others stand in for who is late: what the first slice asks for, and what a node does.</summary>
public class StandInTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(100);
    private readonly OneSlice _one = new(s_retry);
    private readonly Outbox _nodeEffects = new();

    public StandInTests() => _one.Follow(Directive);

    [Fact]
    public void LookForLate_LastShardMissingForLong_AsksANodeThatHasAnswered()
    {
        AnswerAllBut(_one.Plan.ShardCount - 1);
        After(TimeSpan.FromMilliseconds(20));
        Assert.Empty(Asked);
        After(TimeSpan.FromMilliseconds(200));

        var ask = Assert.Single(Asked);
        Assert.Equal(0, ask.Message.Step);
        Assert.Equal([_one.Plan.ShardCount - 1], ask.Message.Shards.AsEnumerable());
        Assert.NotEqual("c", ask.Node);
    }

    [Fact]
    public void LookForLate_AskedAlready_AsksNobodyElse()
    {
        AnswerAllBut(_one.Plan.ShardCount - 1);
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
        int last = _one.Plan.ShardCount - 1;
        AnswerAllBut(last);
        After(TimeSpan.FromMilliseconds(200));
        Answer(last, "b");
        Assert.Equal(1, _one.Slice.Step);
        Answer(last, "c");

        Assert.Equal((_one.Plan.ShardCount, 1L), (_one.Slice.ShardsCounted, _one.Slice.ComparedCount));
        Assert.Empty(_one.Effects.OfType<Divergence>());
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
        _one.Follow(Directive with { Layout = layout });
        AnswerAllBut(_one.Plan.ShardCount - 1);
        After(TimeSpan.FromMilliseconds(200));

        Assert.Empty(Asked);
    }

    [Fact]
    public void Tick_HostLeavesFortyRequestsWithoutAnAnswer_AsksTheOthersToo()
    {
        for (int i = 0; i < 40; i++) _one.Slice.Tick(_one.Now += s_retry, _one.Effects);
        Assert.Empty(Asked);
        _one.Slice.Tick(_one.Now += s_retry, _one.Effects);

        Assert.Equal(["a", "b", "c"], Asked.Select(ask => ask.Node));
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

        Assert.Equal(0, _nodeEffects.Count);
    }

    /// <summary>
    /// A node that comes in the middle of a step, with a slice that has not moved on, is late: others stood in for it
    /// towards the other slices, which send none but their newest parameters.
    /// </summary>
    [Fact]
    public void GradientRequested_StepWhoseParametersCannotBeHadAnyMore_AsksTheOthers()
    {
        var (node, plan) = NodeOfSeveralSlices("c");
        Publish(node, plan, 0, 4);
        node.GradientRequested(4, Pass.MiniBatch, [0, 1, 2, 3], _one.Now, _nodeEffects);
        Assert.Empty(_nodeEffects.OfType<StandInRequest>());
        Publish(node, plan, 1, 5);
        node.GradientRequested(4, Pass.MiniBatch, [0, 1, 2, 3], _one.Now, _nodeEffects);

        var asked = _nodeEffects.Sent<StandInRequest>().ToList();
        Assert.Equal(["a", "b"], asked.Select(ask => ask.Node));
        Assert.All(asked, ask => Assert.Equal(
            (4, "1, 3"), (ask.Message.Step, string.Join(", ", ask.Message.Shards))));
    }

    /// <summary>It may be the only one that can still put the parameters together.</summary>
    [Fact]
    public void Tick_NodeWithoutShardsThatIsAskedToStandIn_AsksForTheSlicesThatItLacks()
    {
        var (node, plan) = NodeOfSeveralSlices("b");
        Publish(node, plan, 0, 4);
        node.Tick(_one.Now += s_retry, _nodeEffects);
        Assert.Empty(_nodeEffects.OfType<SliceRequest>());
        node.StandIn(4, [1], _nodeEffects);
        node.Tick(_one.Now += s_retry, _nodeEffects);

        Assert.Equal(
            Enumerable.Range(1, plan.SliceCount - 1),
            _nodeEffects.OfType<SliceRequest>().Select(request => request.Slice));
    }

    /// <summary>Shards at a and c, all slices at a.</summary>
    private (NodeProtocol Node, TrainingPlan Plan) NodeOfSeveralSlices(string name)
    {
        var (job, data) = TestJobs.Named("mlp");
        var plan = new TrainingPlan(job, data);
        Assert.True(plan.SliceCount > 1);
        var node = new NodeProtocol(name, plan, s_retry);
        ImmutableArray<string> shards = [.. Enumerable.Range(0, plan.ShardCount).Select(s => s % 2 == 0 ? "a" : "c")];
        string[] slices = [.. Enumerable.Repeat("a", plan.SliceCount)];
        node.Handle(OneSlice.DirectiveOf(new Layout(
            2, 0, ["a", "b", "c"], [], ["", "", ""], shards, [.. slices], [.. slices], [.. slices.Select(_ =>
                ImmutableArray<SliceBackup>.Empty)])), _one.Now, _nodeEffects);
        return (node, plan);
    }

    private void Publish(NodeProtocol node, TrainingPlan plan, int slice, long step)
    {
        var values = new FloatPool(plan.SliceStarts[slice + 1] - plan.SliceStarts[slice]).Rent();
        node.Handle(new SlicePublished(slice, 0, 2, step, false, 0, values), _one.Now, _nodeEffects);
    }

    private IEnumerable<(string Node, StandInRequest Message)> Asked => _one.Effects.Sent<StandInRequest>();

    /// <summary>Node a hosts the slice; c the last shard; a and b the others in turn.</summary>
    private RunDirective Directive
    {
        get
        {
            ImmutableArray<string> hosts =
            [
                .. Enumerable.Range(0, _one.Plan.ShardCount)
                    .Select(s => s == _one.Plan.ShardCount - 1 ? "c" : s % 2 == 0 ? "a" : "b"),
            ];
            return OneSlice.DirectiveOf(
                new Layout(2, 0, ["a", "b", "c"], [], ["", "", ""], hosts, ["a"], ["a"], [[]]));
        }
    }

    private NodeProtocol NodeAtStep0()
    {
        var node = new NodeProtocol("b", _one.Plan, s_retry);
        node.Handle(Directive, _one.Now, _nodeEffects);
        foreach (int shard in node.Shards) node.Prepared(shard, _nodeEffects);
        node.Handle(new SlicePublished(0, 0, 2, 0, false, double.NaN, _one.Initial.Retain()), _one.Now, _nodeEffects);
        Assert.Equal(node.Shards.Count, _nodeEffects.OfType<NodeEffect.Compute>().Count());
        _nodeEffects.Clear();
        return node;
    }

    private void AnswerAllBut(int missing)
    {
        for (int shard = 0; shard < _one.Plan.ShardCount; shard++)
        {
            if (shard != missing) Answer(shard);
        }
    }

    private void Answer(int shard, string? node = null) =>
        _one.Answer(node ?? Directive.Layout.ShardHosts[shard], shard);

    private void After(TimeSpan time) => _one.Slice.LookForLate(_one.Now += time, _one.Effects);
}
