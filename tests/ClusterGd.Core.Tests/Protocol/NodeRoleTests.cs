using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A client at the end of a run that is about to end.</summary>
public class NodeRoleTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private readonly TrainingPlan _plan;
    private readonly NodeRole _client;
    private readonly Layout _layout;
    private TimeSpan _now = TimeSpan.FromSeconds(10);

    public NodeRoleTests()
    {
        var (job, data) = TestJobs.Named("logistic");
        _plan = new TrainingPlan(job, data);
        _client = new NodeRole(_plan, new NodeSettings
        {
            Name = "client", Fingerprint = "same", RetryInterval = s_retry, Observers = ["client"],
        });
        _layout = new Layout(
            2, 0, ["a"], ["client"], ["", ""], [.. Enumerable.Repeat("a", _plan.ShardCount)], ["a"], ["a"], [[]]);
    }

    [Fact]
    public void Handle_ResultWhileAnEvaluationIsUnknown_AsksTheCoordinatorForItAndHasNoResultYet()
    {
        long first = _plan.NextEvaluation(0), last = _plan.NextEvaluation(first);
        var outbox = new Outbox();
        Handle(Ending(last), outbox);
        Handle(Final(last), outbox);
        Assert.Empty(outbox.OfType<ResultReceived>());
        _client.Tick(_now += 2 * s_retry, outbox);
        Assert.All(outbox.Sent<RecallRun>(), sent => Assert.Equal(("", 0), (sent.Node, sent.Message.After)));
        Handle(Memory(Evaluated(first)), outbox);

        Assert.NotEmpty(outbox.OfType<ResultReceived>());
    }

    [Fact]
    public void Handle_RunIsOver_EndsWithAllEvaluations()
    {
        long first = _plan.NextEvaluation(0), last = _plan.NextEvaluation(first);
        var outbox = new Outbox();
        Handle(Final(last), outbox);
        Handle(new RunOver(Outcome(last)), outbox);
        Handle(Ending(last), outbox);
        Assert.Empty(outbox.OfType<NodeEffect.Over>());
        Handle(Memory(Evaluated(first)), outbox);

        var over = outbox.OfType<NodeEffect.Over>().First();
        Assert.Equal([first, last], over.Outcome.History.Select(evaluation => evaluation.Step));
    }

    [Fact]
    public void Handle_EvaluationAfterOneThatIsUnknown_TellsBothInTheirOrder()
    {
        long first = _plan.NextEvaluation(0), second = _plan.NextEvaluation(first);
        var outbox = new Outbox();
        Handle(OneSlice.DirectiveOf(_layout) with { Last = Evaluated(second) }, outbox);
        Assert.Empty(outbox.OfType<NodeEffect.Report>());
        Handle(Memory(Evaluated(first)), outbox);

        Assert.Equal(
            [first, second], outbox.OfType<NodeEffect.Report>().Select(report => ((Evaluation)report.News).Step));
    }

    /// <summary>The tensor plane may be faster than the control plane.</summary>
    [Fact]
    public void Handle_ParametersBeforeTheFirstDirective_AreTaken()
    {
        Handle(Final(0) with { IsFinal = false }, new Outbox());

        Assert.Equal(0, _client.Protocol.Current?.Step);
    }

    private void Handle(object message, Outbox outbox) => _client.Handle(message, _now, outbox);

    private SlicePublished Final(long step) =>
        new(0, 0, 2, step, true, 0.5, new FloatPool(_plan.SliceStarts[1]).Rent());

    private RunDirective Ending(long step) => OneSlice.DirectiveOf(_layout) with
    {
        Limit = step, EvaluateAt = step, Last = Evaluated(step),
        Ending = new RunEnding(RunEnd.Finished, "done", false, step, step, step),
    };

    private static Evaluation Evaluated(long step) => new() { Step = step, Epoch = 1, TrainLoss = 0.5 };

    private static RunMemory Memory(params ImmutableArray<Evaluation> evaluations) =>
        new("a", null, evaluations, SliceHoldings.None, null, HasMore: false);

    private static RunOutcome Outcome(long step) => new(
        RunEnd.Finished, true, "done", step, 1, 0.5, ImmutableSortedDictionary<string, double>.Empty, [], step);
}
