using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What a coordinator asks before it decides anything, and for how long it waits for the answers.</summary>
public class RecallTests
{
    private static readonly TimeSpan s_begin = TimeSpan.FromSeconds(5), s_late = TimeSpan.FromSeconds(7);
    private static readonly string[] s_members = ["a", "b", "client"];
    private readonly Recall _recall = new(["client"], s_begin);

    [Fact]
    public void IsOver_AllHaveAnswered_AtOnce()
    {
        Answer("a", "client");
        Assert.False(_recall.IsOver(s_members, s_begin));

        Answer("b");
        Assert.True(_recall.IsOver(s_members, s_begin));
    }

    [Fact]
    public void IsOver_NodeIsSilent_IsNotWaitedFor()
    {
        Answer("a", "client");
        _recall.NodeSilent("b");

        Assert.True(_recall.IsOver(s_members, s_begin));
    }

    /// <summary>A client that is no member any more cannot answer.</summary>
    [Theory]
    [InlineData(new[] { "a", "b", "client" }, false)]
    [InlineData(new[] { "a", "b" }, true)]
    public void IsOver_TwoSecondsLater_OnlyTheClientIsWaitedFor(string[] members, bool isOver)
    {
        Answer("a");

        Assert.Null(_recall.Wait(s_begin));
        Assert.Equal(isOver, _recall.IsOver(members, s_late));
        Assert.Equal("the client to say what it remembers of the run", _recall.Wait(s_late));
    }

    /// <summary>2,500 evaluations, of which a page comes twice.</summary>
    [Fact]
    public void Handle_PageAfterPage_HasAllEvaluations()
    {
        var history = HistoryOf(2_500);
        Assert.Equal(1_000, _recall.Handle(PageOf("a", history, after: -1)));
        Assert.Null(_recall.Handle(PageOf("a", history, after: -1)));
        Assert.Contains(("a", 1_000), _recall.Unanswered(s_members));
        Assert.Equal(2_000, _recall.Handle(PageOf("a", history, after: 1_000)));
        Assert.False(_recall.IsOver(["a"], s_begin));

        Assert.Null(_recall.Handle(PageOf("a", history, after: 2_000)));

        Assert.True(_recall.IsOver(["a"], s_begin));
        Assert.DoesNotContain("a", _recall.Unanswered(s_members).Select(asked => asked.Node));
        Assert.Equal(Enumerable.Range(1, 2_500), _recall.Memories.Single().History.Select(e => (int)e.Step));
    }

    /// <summary>The client resumes a run: before the first step the coordinator asks for what was before it.</summary>
    [Fact]
    public void Coordinator_BeginsWithACheckpoint_AsksForTheEvaluationsBeforeIt()
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var coordinator = new CoordinatorProtocol(plan, new CoordinatorSettings
        {
            Name = "a", Fingerprint = "same", NodesMin = 1, NodesHoped = 1, RetryInterval = TimeSpan.FromSeconds(1),
            Observers = ["client"], ObserverEndpoints = [""], HasCheckpoints = true,
        }, s_begin);
        var effects = new Outbox();
        var history = HistoryOf(1_500);
        coordinator.Handle(StatusOf(version: 1, prepared: 0), s_begin, effects);
        var directive = Newest(effects)!;
        coordinator.Handle(StatusOf(version: 2, prepared: directive.Next!.Term), s_begin, effects);
        coordinator.Handle(new CheckpointHeld("client", 0, 1_501, TimeSpan.FromSeconds(9)), s_begin, effects);
        Assert.Contains(new RecallRun(RoleAddress.OfCoordinatorAt("a"), -1), effects.OfType<RecallRun>());

        coordinator.Handle(PageOf("client", history, after: -1), s_begin, effects);
        Assert.Contains(new RecallRun(RoleAddress.OfCoordinatorAt("a"), 1_000), effects.OfType<RecallRun>());
        Assert.True(Newest(effects)!.Layout.Nodes.IsEmpty);
        coordinator.Handle(PageOf("client", history, after: 1_000), s_begin, effects);

        Assert.Equal((1_501, 1_500), (Newest(effects)!.Limit, Newest(effects)!.Last?.Step));
        Assert.Equal(["a"], Newest(effects)!.Layout.Nodes.AsEnumerable());
    }

    private void Answer(params string[] nodes)
    {
        foreach (string node in nodes) _recall.Handle(PageOf(node, HistoryOf(0), after: -1));
    }

    private static EvaluationHistory HistoryOf(int count)
    {
        var (job, data) = TestJobs.Named("logistic");
        var history = new EvaluationHistory(new TrainingPlan(job, data));
        for (int i = 1; i <= count; i++) history.Add(new Evaluation { Step = i, Epoch = i, TrainLoss = 1.0 / i });
        return history;
    }

    private static RunMemory PageOf(string node, EvaluationHistory history, long after)
    {
        var (page, hasMore) = history.After(after);
        return new RunMemory(node, null, page, SliceHoldings.None, null, hasMore);
    }

    private static NodeStatus StatusOf(long version, long prepared) =>
        new("a", version, "", "same", false, prepared, 0, SliceHoldings.None, 0, false);

    private static RunDirective? Newest(Outbox effects) =>
        effects.OfType<CoordinatorEffect.Broadcast>().LastOrDefault()?.Directive;
}
