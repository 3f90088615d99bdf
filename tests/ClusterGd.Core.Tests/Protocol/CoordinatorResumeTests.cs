using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// A coordinator takes over from one that was cut off with some nodes, and goes on by what they remember. Node a has
/// every slice.
/// </summary>
public class CoordinatorResumeTests
{
    private readonly Outbox _effects = new();
    private readonly TrainingPlan _plan;
    private readonly CoordinatorProtocol _coordinator;
    private readonly long _first, _second;

    public CoordinatorResumeTests()
    {
        var (job, data) = TestJobs.Named("mlp");
        _plan = new TrainingPlan(job, data);
        _first = _plan.NextEvaluation(0);
        _second = _plan.NextEvaluation(_first);
        _coordinator = new CoordinatorProtocol(_plan, new CoordinatorSettings
        {
            Name = "b", Fingerprint = "same", RetryInterval = TimeSpan.FromSeconds(1),
        }, TimeSpan.Zero);
    }

    /// <summary>Else they would not come by it, and their sums would be over two evaluations.</summary>
    [Fact]
    public void Resume_EvaluationIsKnownThatNoSliceIsBeyond_IsMadeAgain()
    {
        Resume(Directive(_first), slicesAt: _first - 1, known: [_first]);

        Assert.Equal(_first, Newest.EvaluateAt);
    }

    [Fact]
    public void Resume_EvaluationIsKnownThatASliceIsBeyond_IsNotWaitedFor()
    {
        Resume(Directive(_first), slicesAt: _first + 1, known: [_first]);

        Assert.Equal(_second, Newest.EvaluateAt);
        Assert.Equal(_first, Newest.Last?.Step);
    }

    [Fact]
    public void Resume_EvaluationThatASliceIsBeyondIsForgotten_BeginsAnew()
    {
        Resume(Directive(_first), slicesAt: _first + 1, known: []);

        Assert.StartsWith(
            "nobody is left who knows every evaluation: the run begins anew",
            _effects.OfType<CoordinatorEffect.Note>().Last().What, StringComparison.Ordinal);
    }

    [Fact]
    public void Resume_InterruptedBeforeWhereASliceIs_GoesOn()
    {
        var stop = new RunEnding(RunEnd.Interrupted, "interrupted", false, _first - 2, _first - 2, _first - 2);
        Resume(Directive(_first - 2) with { Ending = stop }, slicesAt: _first - 1, known: []);

        Assert.Null(Newest.Ending);
        Assert.Equal(_first, Newest.EvaluateAt);
    }

    [Fact]
    public void Resume_InterruptedWhereTheSlicesAre_EndsThere()
    {
        var stop = new RunEnding(RunEnd.Interrupted, "interrupted", false, _first - 2, _first - 2, _first - 2);
        Resume(Directive(_first - 2) with { Ending = stop }, slicesAt: _first - 2, known: []);

        Assert.Equal(stop, Newest.Ending);
    }

    /// <summary>The coordinator has not heard of the evaluation between: another one has let the slice go on.</summary>
    [Fact]
    public void Handle_InterruptedAndASliceIsBeyondTheNextEvaluation_AsksAllWhatTheyRemember()
    {
        Resume(Directive(_first), slicesAt: _first - 1, known: []);
        _coordinator.Interrupt(TimeSpan.Zero, _effects);
        _coordinator.Handle(new Held("a", Newest.Layout.Term, _first - 1), TimeSpan.Zero, _effects);
        _coordinator.Handle(new SliceReached(0, _second + 1, 0), TimeSpan.Zero, _effects);

        Assert.Single(_effects.OfType<CoordinatorEffect.Superseded>());
    }

    /// <summary>It knows of an end that others came to who were cut off with it.</summary>
    [Fact]
    public void Handle_EndIsKnownBeforeItsStep_NodeMakesTheStepsToIt()
    {
        var one = new OneSlice(TimeSpan.FromSeconds(1));
        var node = new NodeProtocol("a", one.Plan, TimeSpan.FromSeconds(1));
        var layout = new Layout(
            1, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", one.Plan.ShardCount)], ["a"], ["a"], [[]]);
        var ending = new RunEnding(RunEnd.Finished, "done", false, 10, 10, 10);
        node.Handle(OneSlice.DirectiveOf(layout) with { Ending = ending }, one.Now, _effects);
        for (int shard = 0; shard < one.Plan.ShardCount; shard++) node.Prepared(shard, _effects);
        node.Handle(new SlicePublished(0, 0, 1, 3, false, 0, one.Initial.Retain()), one.Now, _effects);

        Assert.Equal(one.Plan.ShardCount, _effects.OfType<NodeEffect.Compute>().Count());
    }

    private RunDirective Newest => _effects.OfType<CoordinatorEffect.Broadcast>().Last().Directive;

    private RunDirective Directive(long evaluateAt)
    {
        ImmutableArray<string> hosts = [.. Enumerable.Repeat("a", _plan.SliceCount)];
        var layout = new Layout(
            Terms.First("a") + 1, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", _plan.ShardCount)], hosts, hosts,
            [.. hosts.Select(_ => ImmutableArray<SliceBackup>.Empty)]);
        return OneSlice.DirectiveOf(layout) with { Limit = evaluateAt, EvaluateAt = evaluateAt };
    }

    private void Resume(RunDirective directive, long slicesAt, long[] known)
    {
        int[] slices = [.. Enumerable.Range(0, _plan.SliceCount)];
        var holdings = new SliceHoldings([.. slices.Select(slice => new SliceHolding(slice, slicesAt, null))]);
        ImmutableArray<Evaluation> history =
            [.. known.Select(step => new Evaluation { Step = step, Epoch = 1, TrainLoss = 0.5 })];
        var memory = new RunMemory("a", directive, history, holdings, null, HasMore: false);
        _coordinator.Resume([memory], TimeSpan.Zero, _effects);
    }
}
