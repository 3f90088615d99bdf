using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Events;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// One per actor system: translates between mailbox and <see cref="NodeProtocol"/>, and passes control messages on to
/// the slices hosted here and to the coordinator.
/// </summary>
public sealed class NodeActor : RunActor, IWithTimers
{
    private static readonly TimeSpan s_stepMadeInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_timesInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_countsInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_orderInterval = TimeSpan.FromSeconds(1);

    /// <summary>Nodes answer for a few seconds after a run's end.</summary>
    private static readonly TimeSpan s_parametersMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_parametersMax = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Sums of so many numbers are added here; longer ones on another's thread. Of segments more, since handing them
    /// over takes longer than they do, and the rest of the gradient is computed meanwhile.
    /// </summary>
    private const int InlineMergeLengthMax = 8192, InlineSegmentLengthMax = 1 << 18;

    private readonly NodeProtocol _protocol;
    private readonly string _name = NameOf(Context.System);
    private readonly IActorRef _coordinator;
    private readonly List<NodeEffect> _effects = [];
    private readonly IActorRef?[] _workers, _adders;
    private readonly int _inlineMergeLengthMax;
    private readonly SortedDictionary<int, IActorRef> _slices = [];
    private readonly ProgressMeter _progress;
    private readonly ComputeClock _computing = new();
    private StepTimes? _times;
    private TimeSpan _lastTimes;
    private RunOutcome? _outcome;
    private long _lastTold;
    private TimeSpan _lastStepMade, _lastCounts, _lastOrder, _overSince;
    private long _compared;
    private NodeCounts? _counts;
    private StallWatch? _stallWatch;

    public NodeActor(RunContext context, IActorRef coordinator) : base(context)
    {
        _coordinator = coordinator;
        var start = context.IsObserver ? context.Keeper?.Start : null;
        if (start is not null) _lastTold = start.Step - 1;
        _protocol = new NodeProtocol(_name, context.Plan, RunContext.RetryInterval, start);
        _workers = new IActorRef?[context.Plan.ShardCount];
        _adders = new IActorRef?[context.Plan.ShardCount];
        _inlineMergeLengthMax = HasSegments ? InlineSegmentLengthMax : InlineMergeLengthMax;
        _progress = new ProgressMeter(context);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>The name of a system's node: its address.</summary>
    public static string NameOf(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfAddress.ToString();

    /// <summary>A sentence for people, in which nodes are host:port.</summary>
    public static string Shorten(string sentence) =>
        sentence.Replace($"akka.tcp://{ClusterGdHosting.SystemName}@", "", StringComparison.Ordinal);

    /// <summary>Sends a control message to a node by name: to its actor of this run.</summary>
    public static void Tell(IActorContext context, RunContext run, string node, object message) =>
        context.ActorSelection($"{node}/user/{run.NodeActorName}").Tell(message, context.Self);

    protected override void PreStart()
    {
        Run.DataPlane.Attach(_name, Self);
        Timers.StartPeriodicTimer(
            nameof(ProtocolTick), ProtocolTick.Instance, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        // Nodes of one process are slow together, and an observer has nothing to do.
        if (Run.Endpoint.Length == 0 || Run.IsObserver) return;
        var self = Self;
        _stallWatch = new StallWatch(() => self.Tell(Stalled.Instance, self));
    }

    protected override void PostStop()
    {
        _stallWatch?.Dispose();
        Run.DataPlane.Detach(_name);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ComputedResult computed:
                _protocol.Computed(computed.Sum, _effects);
                break;
            case MergedResult merged:
                _protocol.Merged(merged.Sum, _effects);
                break;
            case Assignment assignment:
                _protocol.Handle(assignment, Now, _effects);
                break;
            case AssignmentComputed computed:
                _protocol.AssignmentComputed(computed.Assignment, computed.Result, Now, _effects);
                break;
            case OrderPart part:
                _protocol.Handle(part, _effects);
                break;
            case AssignmentRequest or OrderRequest:
                ToSlice(0, message);
                break;
            case SlicePublished published:
                _protocol.Handle(published, Now, _effects);
                break;
            case RunDirective directive:
                Follow(directive);
                _protocol.Handle(directive, Now, _effects);
                InterpretAll();
                foreach (var slice in _slices.Values) slice.Tell(directive, Self);
                break;
            case GradientRequest request:
                _protocol.GradientRequested(request.Step, request.Pass, request.Shards, _effects);
                break;
            case StandInRequest request:
                _protocol.StandIn(request.Step, request.Shards, _effects);
                break;
            case EvaluatedResult evaluated:
                _protocol.Evaluated(evaluated.Shard, evaluated.Set);
                break;
            case SliceRequest request:
                ToSlice(request.Slice, request);
                break;
            case StateRequest request when _slices.ContainsKey(request.Slice):
                ToSlice(request.Slice, request);
                break;
            case StateRequest request:
                _protocol.StateRequested(request.Slice, request.Node, _effects);
                break;
            case RunMemory memory:
                _protocol.Handle(memory, _effects);
                break;
            case SliceState state:
                _protocol.Restored(state.Slice, state, _effects);
                break;
            case BackupCounted counted:
                ToSlice(counted.Slice, counted);
                break;
            case NormFor norm:
                ToSlice(norm.Slice, norm.Norm);
                break;
            case NormRequest request:
                ToSlice(request.Slice, request);
                break;
            case Stalled when _protocol.Directive is { } directive:
                _coordinator.Tell(new NodeSlow(_name, directive.Layout.Term), Self);
                break;
            case SliceReport or SliceGradient or SliceReached or NodeSlow or Divergence or Held or EvaluationBytes:
                _coordinator.Tell(message, Self);
                break;
            case ProtocolTick:
                _protocol.Tick(Now, _effects);
                SendStatus();
                if (Run.DataPlane.SilentLinks() is { } links) _coordinator.Tell(links, Self);
                TellTimes();
                TellCounts();
                SeeToOrder();
                GiveUpParameters();
                break;
            case SliceStep step:
                _compared += step.Compared;
                _protocol.SliceAt(step.Slice, step.Step, step.BackupTerm);
                break;
            case RunOver over:
                if (_outcome is null) _overSince = Now;
                _outcome = over.Outcome;
                Run.DataPlane.RunIsOver();
                break;
            case RecallRun recall:
                Sender.Tell(_protocol.Memory(recall.After), Self);
                break;
            case RunNews { WaitingSeconds: >= 0 } news:
                Run.Report(new Waiting(news.What, TimeSpan.FromSeconds(news.WaitingSeconds)));
                break;
            case RunNews news:
                Run.Report(new Note(news.What));
                break;
            case StepTimes times when Run.IsObserver:
                Run.Report(new StepsTimed(times));
                break;
            case StepTimes times:
                if (times.IsWorseThan(_times)) _times = times;
                break;
            case NodeCounts counts:
                Run.Report(new Counted(counts.Node, counts.GradientsRecomputed, counts.DuplicatesCompared));
                break;
            case StepMade made when Run.IsObserver || Run.Observers.IsEmpty:
                _progress.Advanced(made.Step, made.Loss);
                break;
            case StepMade made:
                foreach (string observer in Run.Observers) Tell(Context, Run, observer, made);
                break;
            case RowsArrived rows:
                _protocol.Prepared(rows.Shard, _effects);
                break;
            case Status.Failure failure:
                throw failure.Cause;
            case LeaveRun:
                _protocol.Leave(_effects);
                break;
            default:
                Unhandled(message);
                break;
        }
        InterpretAll();
        TryEnd();
    }

    private void InterpretAll()
    {
        for (int i = 0; i < _effects.Count; i++) Interpret(_effects[i]);
        _effects.Clear();
    }

    private void Interpret(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                _computing.Began(compute.Version.Step, FineNow);
                Worker(compute.Shard).Tell(compute, Self);
                break;
            case NodeEffect.ComputeAssignment compute:
                Worker(compute.Assignment.Worker).Tell(compute, Self);
                break;
            case NodeEffect.PushResult push:
                Run.DataPlane.Send(Layout.SliceHosts[0], push.Message);
                break;
            case NodeEffect.RequestAssignment request:
                Tell(Context, Run, Layout.SliceHosts[0], request.Message);
                break;
            case NodeEffect.RequestOrder request:
                Tell(Context, Run, Layout.SliceHosts[0], request.Message);
                break;
            case NodeEffect.OrderGrown grown:
                Run.Report(new Ordered(grown.First, grown.Lines));
                break;
            case NodeEffect.DropWorker drop:
                if (_workers[drop.Shard] is { } worker) Context.Stop(worker);
                _workers[drop.Shard] = null;
                break;
            case NodeEffect.Merge merge when merge.Segment.Length <= _inlineMergeLengthMax:
                _protocol.Merged(merge.Sum(), _effects);
                break;
            case NodeEffect.Merge merge:
                Adder(merge.Right.Subtree.First).Tell(merge, Self);
                break;
            case NodeEffect.Push push:
                Push(push.Sum with { ComputeMicros = _computing.MicrosOf(push.Sum.Step, FineNow) }, push.Segment);
                break;
            case NodeEffect.Evaluate evaluate:
                Worker(evaluate.Shard).Tell(evaluate, Self);
                break;
            case NodeEffect.AskStandIn ask:
                Tell(Context, Run, ask.Node, new StandInRequest(ask.Step, ask.Shards));
                break;
            case NodeEffect.RequestSlice request:
                Tell(Context, Run, Layout.SliceHosts[request.Slice], new SliceRequest(request.Slice, _name));
                break;
            case NodeEffect.RequestState { From: CheckpointKeeper.Name } request:
                Self.Tell(Run.Keeper!.Start!.Slices[request.Slice], Self);
                break;
            case NodeEffect.RequestState request:
                Tell(Context, Run, request.From, new StateRequest(request.Slice, _name));
                break;
            case NodeEffect.SendState send:
                Run.DataPlane.Send(send.Node, send.State);
                break;
            case NodeEffect.RequestMemory request:
                Tell(Context, Run, request.Node, new RecallRun(_name, request.After));
                break;
            case NodeEffect.CheckpointTaken taken:
                Run.Keeper?.Save(taken.Checkpoint);
                break;
            case NodeEffect.ReportCheckpoint report:
                _coordinator.Tell(report.Message, Self);
                break;
            case NodeEffect.StartSlice start:
                StartSlice(start);
                break;
            case NodeEffect.RestoreSlice restore:
                ToSlice(restore.Slice, restore.State);
                break;
            case NodeEffect.DropSlice drop:
                if (_slices.Remove(drop.Slice, out var dropped)) Context.Stop(dropped);
                break;
            case NodeEffect.Prepare prepare:
                foreach (int shard in prepare.Shards) Prepare(shard);
                break;
            case NodeEffect.StatusChanged:
                SendStatus();
                break;
            case NodeEffect.MayLeave:
                Run.MayLeave.TrySetResult();
                break;
            case NodeEffect.ReportResult report:
                _coordinator.Tell(report.Message, Self);
                break;
            case NodeEffect.Broken broken:
                _coordinator.Tell(broken.Message, Self);
                break;
            case NodeEffect.AnswerHeld answer:
                _coordinator.Tell(answer.Message, Self);
                break;
            case NodeEffect.Advanced advanced:
                Advanced(advanced.Version);
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {effect}");
        }
    }

    private void Prepare(int shard)
    {
        if (Run.FetchRows is not { } fetch || Run.Store.Has(shard)) _protocol.Prepared(shard, _effects);
        else fetch(shard, Layout.Endpoints).PipeTo(Self, success: () => new RowsArrived(shard));
    }

    private void Push(GradientSum sum, Segment segment)
    {
        var hosts = Layout.SliceHosts;
        sum.Values.Retain(segment.SliceEnd - segment.SliceFirst);
        for (int slice = segment.SliceFirst; slice < segment.SliceEnd; slice++)
        {
            Run.DataPlane.Send(hosts[slice], new GradientPart(slice, sum, _name));
        }
        sum.Values.Release();
    }

    private Layout Layout => _protocol.Directive!.Layout;

    private bool HasSegments => Run.Plan.Segments.Length > 1;

    private IActorRef Worker(int shard) => _workers[shard] ??= StartWorker(shard, ClusterGdHosting.ComputeDispatcher);

    /// <summary>The worker itself where its gradient is whole: it has nothing else to do then.</summary>
    private IActorRef Adder(int shard) => HasSegments
        ? _adders[shard] ??= StartWorker(shard, ClusterGdHosting.SumsDispatcher)
        : Worker(shard);

    private IActorRef StartWorker(int shard, string dispatcher) =>
        Context.ActorOf(Once(Run, () => new ShardWorkerActor(shard, Run)).WithDispatcher(dispatcher));

    private void StartSlice(NodeEffect.StartSlice start)
    {
        var props = Once(Run, () => new ParameterSliceActor(_name, start, Run));
        var slice = Context.ActorOf(props.WithDispatcher(
            HasSegments ? ClusterGdHosting.SumsDispatcher : ClusterGdHosting.ComputeDispatcher));
        _slices[start.Slice] = slice;
        slice.Tell(_protocol.Directive!, Self);
    }

    private void ToSlice(int slice, object message)
    {
        if (_slices.TryGetValue(slice, out var hosted)) hosted.Tell(message, Self);
    }

    private void SendStatus()
    {
        if (Run.IsObserver) RepeatResult();
        _coordinator.Tell(_protocol.Status(Run.Endpoint, Run.Fingerprint), Self);
    }

    /// <summary>Of the slices here the one that explains most, to whoever keeps the event log.</summary>
    private void TellTimes()
    {
        if (_times is not { } times || Now - _lastTimes < s_timesInterval) return;
        (_times, _lastTimes) = (null, Now);
        if (Run.Observers.IsEmpty) Run.Report(new StepsTimed(times));
        foreach (string observer in Run.Observers) Tell(Context, Run, observer, times);
    }

    /// <summary>Whoever keeps the order of application asks for what is new, and at the end without a pause.</summary>
    private void SeeToOrder()
    {
        if (Run.Plan.Mode.IsSynchronous || _protocol.Directive is null) return;
        bool isKeeper = Run.IsObserver || Run.Observers.IsEmpty && Layout.Nodes.IndexOf(_name) == 0;
        bool isOver = _protocol.Current?.IsFinal == true;
        if (!isKeeper || !isOver && Now - _lastOrder < s_orderInterval) return;
        _lastOrder = Now;
        _protocol.SeeToOrder(_effects);
    }

    /// <summary>What faults have cost, to whoever follows the run: at once, and again since it may get lost.</summary>
    private void TellCounts()
    {
        var counts = new NodeCounts(_name, _protocol.RecomputedCount, _compared);
        bool isNothing = counts is { GradientsRecomputed: 0, DuplicatesCompared: 0 };
        if (isNothing || counts == _counts && Now - _lastCounts < s_countsInterval) return;
        (_counts, _lastCounts) = (counts, Now);
        foreach (string observer in Run.Observers) Tell(Context, Run, observer, counts);
    }

    /// <summary>The word that the run is over may have been lost: the coordinator answers by it.</summary>
    private void RepeatResult()
    {
        if (_outcome is null && _protocol.Current?.IsFinal == true && _protocol.HasWholeOrder)
        {
            _coordinator.Tell(new ResultReceived(_name, _protocol.Directive!.Layout.Generation), Self);
        }
    }

    private void Follow(RunDirective directive)
    {
        // Also by one that this node is ahead of: it has to hear of that.
        _coordinator.Tell(new CoordinatorSeen(directive.Coordinator, directive.Layout.Term), Self);
        if (!directive.Supersedes(_protocol.Directive)) return;
        Run.DataPlane.Follow(directive);
        Context.System.EventStream.Publish(new WorkGiven(directive.Layout.Working));
        if (Run.IsObserver) Run.Report(new Placed(directive.Coordinator, directive.Layout.SliceHosts[0]));
        Run.Report(new Directed(directive));
        // A run that begins anew evaluates the same once more: it is told once.
        if (!Run.IsObserver || directive.Last is not { } last || last.Step <= _lastTold) return;
        _lastTold = last.Step;
        Run.Report(new Evaluated(last));
    }

    private void Advanced(ParameterVersion version)
    {
        Run.NewestStep = version.Step;
        // What is kept of a run that has diverged is of no step that was made.
        if (version.IsFinal && _protocol.Directive?.Ending is { IsDiverged: true }) return;
        _progress.Advanced(version.Step, version.StepLoss);
        var layout = Layout;
        // A layout without nodes is what a coordinator begins with.
        if (layout.Observers.IsEmpty || layout.Nodes is not [var first, ..] || first != _name) return;
        if (Now - _lastStepMade < s_stepMadeInterval) return;
        _lastStepMade = Now;
        foreach (string observer in layout.Observers)
        {
            Tell(Context, Run, observer, new StepMade(version.Step, version.StepLoss));
        }
    }

    /// <summary>
    /// The run is over in this process once its outcome and, where they are wanted, its parameters are here.
    /// </summary>
    private void TryEnd()
    {
        if (_outcome is not { } outcome) return;
        var version = _protocol.Current;
        bool isWanted = Run.IsObserver || Run.Observers.IsEmpty;
        bool isHere = version?.IsFinal == true && _protocol.HasWholeOrder;
        if (isWanted && outcome.HasParameters && !isHere) return;
        outcome = outcome with { History = Run.IsObserver ? _protocol.History : Run.History };
        Run.Ended.TrySetResult(new RunEnded(
            outcome, version is not null ? version.Parameters.ToArray() : isWanted ? [.. Run.Initial.Value] : [],
            _protocol.Applied));
    }

    /// <summary>Where the nodes ended the run without this process, nobody has its parameters any more.</summary>
    private void GiveUpParameters()
    {
        if (!Run.IsObserver || _outcome is not { } outcome || Run.Ended.Task.IsCompleted) return;
        var waited = Now - _overSince;
        if (waited >= s_parametersMin) Run.Report(new Waiting("the parameters of the run, which is over", waited));
        if (waited < s_parametersMax) return;
        Run.Ended.TrySetException(new ClusterUnreachableException(
            $"the run ended on the nodes ({outcome.Reason}), and its parameters did not arrive here; resume the run, " +
            "or train again: to the same bits"));
    }
}
