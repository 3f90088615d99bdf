using System.Collections.Immutable;
using ClusterGd.Core.Protocol;
using static ClusterGd.Cluster.Wire.WireParts;
using static ClusterGd.Cluster.Wire.WireMessage;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// Every control message that may leave a process, described once: for writing and for reading. A message whose fields
/// change gets the next version.
/// </summary>
public static class WireTable
{
    public static readonly ImmutableArray<WireMessage> All =
    [
        // Of a run's nodes, slices and observers to its coordinator.
        Of<NodeStatus>("status", 3, (ref f, m) => new NodeStatus(
            f.Of(m?.Node), f.Of(m?.Version), f.Of(m?.Endpoint), f.Of(m?.Fingerprint), f.Of(m?.IsLeaving),
            f.Of(m?.PreparedTerm), f.Of(m?.ReadyTerm), Holdings(ref f, m?.Holdings), f.Of(m?.Term), f.Of(m?.HasEnded),
            f.Optional(m?.OldestVersion), f.Optional(m?.NewestVersion), f.Optional(m?.NewestSlice))),
        Of<Held>("held", 2, (ref f, m) => new Held(f.Of(m?.Node), f.Of(m?.Term), f.Of(m?.NextStep))),
        Of<SliceReached>("reached", 3, (ref f, m) => new SliceReached(
            f.Of(m?.Slice), f.Of(m?.Step), f.Of(m?.Generation))),
        Of<SliceReport>("report", 2, (ref f, m) => new SliceReport(
            f.Of(m?.Generation), SummaryOfSlice(ref f, m?.Summary))),
        Of<SliceGradient>("gradient", 2, GradientOfSlice),
        Of<EvaluationBytes>("evaluation", 2, (ref f, m) => new EvaluationBytes(f.Of(m?.Bytes))),
        Of<Divergence>("divergence", 2, (ref f, m) => new Divergence(
            f.Of(m?.Step), f.Of(m?.What), f.Choice(m?.End))),
        Of<NodeSlow>("slow", 2, (ref f, m) => new NodeSlow(f.Of(m?.Node), f.Of(m?.Term))),
        Of<LinkReport>("links", 3, (ref f, m) =>
            new LinkReport(f.Of(m?.Node), f.List(m?.Silent, Silent)) { Lossy = f.List(m?.Lossy, Lossy) }),
        Of<CheckpointHeld>("checkpoint", 4, (ref f, m) => new CheckpointHeld(
            f.Of(m?.Observer), f.Of(m?.Generation), f.Optional(m?.Step), f.Of(m?.Elapsed))),
        Of<ResultReceived>("result", 2, (ref f, m) => new ResultReceived(f.Of(m?.Observer), f.Of(m?.Generation))),
        Of<RunMemory>("memory", 5, (ref f, m) => new RunMemory(
            f.Of(m?.Node), f.Optional(m?.Directive, Directive), f.List(m?.History, EvaluationOfRun),
            Holdings(ref f, m?.Holdings), f.Optional(m?.Ending, Ending), f.Of(m?.HasMore))),
        Of<InterruptRun>("interrupt", 1, (ref f, m) => new InterruptRun()),

        // Of the coordinator to nodes and observers.
        Of<RunDirective>("directive", 3, Directive),
        Of<RecallRun>("recall", 4, (ref f, m) => new RecallRun(
            new RoleAddress(f.Of(m?.ReplyTo.Node), f.Choice(m?.ReplyTo.Role), f.Of(m?.ReplyTo.Index)), f.Of(m?.After))),
        Of<RunNews>("news", 2, (ref f, m) => new RunNews(f.Of(m?.What), f.Of(m?.WaitingSeconds))),
        // Without the history, which grows without bound and is known where the result is wanted.
        Of<RunOver>("over", 3, (ref f, m) => new RunOver(
            new RunOutcome(
                f.Choice(m?.Outcome.End), f.Of(m?.Outcome.HasParameters), f.Of(m?.Outcome.Reason),
                f.Of(m?.Outcome.Step), f.Of(m?.Outcome.Epoch), f.Of(m?.Outcome.TrainLoss), f.Of(m?.Outcome.Metrics),
                [], f.Of(m?.Outcome.KeptStep))
            {
                ValidationMetrics = f.Of(m?.Outcome.ValidationMetrics),
            })),

        // Of nodes and slices to each other.
        Of<GradientRequest>("want-gradient", 2, (ref f, m) => new GradientRequest(
            f.Of(m?.Step), f.Choice(m?.Pass), f.Of(m?.Shards))),
        Of<StandInRequest>("stand-in", 2, (ref f, m) => new StandInRequest(f.Of(m?.Step), f.Of(m?.Shards))),
        Of<SliceRequest>("want-slice", 2, (ref f, m) => new SliceRequest(f.Of(m?.Slice), f.Of(m?.Node))),
        Of<StateRequest>("want-state", 2, (ref f, m) => new StateRequest(f.Of(m?.Slice), f.Of(m?.Node))),
        Of<BackupCounted>("counted", 2, (ref f, m) => new BackupCounted(f.Of(m?.Slice), f.Of(m?.Term))),
        Of<NormFor>("norm", 2, (ref f, m) => new NormFor(
            f.Of(m?.Slice), new SliceNorm(f.Of(m?.Norm.Slice), f.Of(m?.Norm.Step), f.Of(m?.Norm.SquaredNorm)))),
        Of<NormRequest>("want-norm", 2, (ref f, m) => new NormRequest(f.Of(m?.Slice), f.Of(m?.Step))),
        Of<AssignmentRequest>("want-assignment", 2, (ref f, m) => new AssignmentRequest(f.Of(m?.Worker))),
        Of<OrderRequest>("want-order", 2, (ref f, m) => new OrderRequest(f.Of(m?.Node), f.Of(m?.From))),

        // Of nodes to observers, for people.
        Of<StepMade>("step", 2, (ref f, m) => new StepMade(f.Of(m?.Step), f.Of(m?.Loss))),
        Of<StepTimes>("times", 2, (ref f, m) => new StepTimes(
            f.Of(m?.Slice), f.Of(m?.Node), f.Of(m?.FirstStep), f.Of(m?.Steps), f.Of(m?.MedianMs), f.Of(m?.MeanMs),
            f.List(m?.Nodes, TimesOfNode), f.Optional(m?.Slowest, Slowest), f.Optional(m?.Wait), f.Of(m?.WaitMs))),
        Of<NodeCounts>("counts", 2, (ref f, m) => new NodeCounts(
            f.Of(m?.Node), f.Of(m?.GradientsRecomputed), f.Of(m?.DuplicatesCompared))),

        // Of a client and the cluster's nodes, before and beside a run's steps.
        Of<StartRun>("start", 2, (ref f, m) => new StartRun(
            f.Of(m?.RunId), f.Of(m?.Job), SummaryOfData(ref f, m?.Data), f.Of(m?.NodesHoped), f.Of(m?.Client),
            f.Of(m?.ClientEndpoint))),
        Of<RunTaken>("taken", 2, (ref f, m) => new RunTaken(f.Of(m?.RunId), f.Of(m?.Node), f.Of(m?.HasBegun))),
        Of<RunRefused>("refused", 3, (ref f, m) => new RunRefused(
            f.Of(m?.RunId), f.Of(m?.Node), f.Of(m?.Reason), f.Choice(m?.Kind))),
        Of<RunFailed>("broken", 1, (ref f, m) => new RunFailed(f.Of(m?.RunId), f.Of(m?.What), f.Of(m?.Trace))),
        Of<NodeFailed>("failed", 2, (ref f, m) => new NodeFailed(f.Of(m?.Node))),
        Of<Pulse>("pulse", 3, (ref f, m) => new Pulse(f.Of(m?.Node), f.Of(m?.HearsMost), f.Of(m?.Heard))),
        Of<TakeOverFrom>("take-over", 2, (ref f, m) => new TakeOverFrom(f.Of(m?.Coordinator))),
        Of<MemberReport>("member", 2, (ref f, m) => new MemberReport(
            f.Of(m?.Node), f.Of(m?.Process), f.Of(m?.Question), f.Of(m?.Answer), f.Of(m?.IsMember),
            f.Of(m?.Unheard))),
    ];
}
