using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// The node or observer of a process: has its shards' workers compute, starts its slices, and tells this process how
/// the run goes.
/// </summary>
public sealed class NodeActor : RoleActor
{
    /// <summary>
    /// Sums of so many numbers are added here; longer ones on another's thread. Of segments more, since handing them
    /// over takes longer than they do, and the rest of the gradient is computed meanwhile.
    /// </summary>
    private const int InlineMergeLengthMax = 8192, InlineSegmentLengthMax = 1 << 18;

    private readonly NodeRole _role;
    private readonly string _name = NameOf(Context.System);
    private readonly RoleAddress _address;
    private readonly IActorRef?[] _workers, _adders;
    private readonly int _inlineMergeLengthMax;
    private readonly Dictionary<int, IActorRef> _slices = [];
    private readonly ProgressMeter _progress;
    private StallWatch? _stallWatch;

    public NodeActor(RunContext context, IActorRef home) : base(context, home)
    {
        _address = RoleAddress.OfNode(_name);
        _role = new NodeRole(context.Plan, new NodeSettings
        {
            Name = _name, Endpoint = context.Endpoint, Fingerprint = context.Fingerprint,
            RetryInterval = RunContext.RetryInterval, Observers = context.Observers,
            Start = context.IsObserver ? context.Keeper?.Start : null,
        });
        _workers = new IActorRef?[context.Plan.ShardCount];
        _adders = new IActorRef?[context.Plan.ShardCount];
        _inlineMergeLengthMax = HasSegments ? InlineSegmentLengthMax : InlineMergeLengthMax;
        _progress = new ProgressMeter(context);
    }

    protected override IRole Role => _role;

    /// <summary>The name of a system's node: its address.</summary>
    public static string NameOf(ActorSystem system) => Akka.Cluster.Cluster.Get(system).SelfAddress.ToString();

    /// <summary>A sentence for people, in which nodes are host:port.</summary>
    public static string Shorten(string sentence) =>
        sentence.Replace($"akka.tcp://{ClusterGdHosting.SystemName}@", "", StringComparison.Ordinal);

    protected override void PreStart()
    {
        Run.DataPlane.Here.Attach(_address, Self);
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
        Run.DataPlane.Here.Detach(_address, Self);
    }

    protected override void OnReceive(object message)
    {
        base.OnReceive(message);
        if (message is ProtocolTick && Run.DataPlane.SilentLinks() is { } links)
        {
            Router.Send(RoleAddress.Coordinator, links);
        }
    }

    protected override void Do(Effect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                Worker(compute.Shard).Tell(compute, Self);
                break;
            case NodeEffect.ComputeAssignment compute:
                Worker(compute.Assignment.Worker).Tell(compute, Self);
                break;
            case NodeEffect.Evaluate evaluate:
                Worker(evaluate.Shard).Tell(evaluate, Self);
                break;
            case NodeEffect.DropWorker drop:
                if (_workers[drop.Shard] is { } worker) Context.Stop(worker);
                _workers[drop.Shard] = null;
                break;
            case NodeEffect.Merge merge when merge.Segment.Length <= _inlineMergeLengthMax:
                Answer(new MergedResult(merge.Sum()));
                break;
            case NodeEffect.Merge merge:
                Adder(merge.Right.Subtree.First).Tell(merge, Self);
                break;
            case NodeEffect.StartSlice start:
                StartSlice(start);
                break;
            case NodeEffect.DropSlice drop:
                if (_slices.Remove(drop.Slice, out var dropped)) Stop(drop.Slice, dropped);
                break;
            case NodeEffect.Prepare prepare:
                foreach (int shard in prepare.Shards) Prepare(shard);
                break;
            case NodeEffect.CheckpointTaken taken:
                Run.Keeper?.Save(taken.Checkpoint);
                break;
            case NodeEffect.MayLeave:
                Run.MayLeave.TrySetResult();
                break;
            case NodeEffect.DirectiveSeen seen:
                Follow(seen);
                break;
            case NodeEffect.Advanced advanced:
                Run.NewestStep = advanced.Version.Step;
                break;
            case NodeEffect.Progressed progressed:
                _progress.Advanced(progressed.Step, progressed.Loss);
                break;
            case NodeEffect.OrderGrown grown:
                Run.Report(new Ordered(grown.First, grown.Lines));
                break;
            case NodeEffect.Report report:
                Run.Report(EventOf(report.News));
                break;
            case NodeEffect.OutcomeKnown:
                Run.DataPlane.RunIsOver();
                break;
            case NodeEffect.Over over:
                End(over);
                break;
            case NodeEffect.GiveUp over:
                Run.Ended.TrySetException(new ClusterUnreachableException(Shorten(
                    $"the run ended on the nodes ({over.Outcome.Reason}), and its parameters did not arrive here; " +
                    "resume the run, or train again: to the same bits")));
                break;
            default:
                throw new InvalidOperationException($"nobody does {effect}");
        }
    }

    internal static TrainingEvent EventOf(object news) => news switch
    {
        RunNews { WaitingSeconds: >= 0 } wait =>
            new Waiting(Shorten(wait.What), TimeSpan.FromSeconds(wait.WaitingSeconds)),
        RunNews note => new Note(Shorten(note.What)),
        StepTimes times => new StepsTimed(times),
        NodeCounts counts => new Counted(counts.Node, counts.GradientsRecomputed, counts.DuplicatesCompared),
        Evaluation evaluation => new Evaluated(evaluation),
        _ => throw new InvalidOperationException($"{news} is no news"),
    };

    private void Prepare(int shard)
    {
        if (Run.FetchRows is not { } fetch || Run.Store.Has(shard)) Answer(new RowsArrived(shard));
        else
        {
            fetch(shard, _role.Protocol.Directive!.Layout.Endpoints)
                .PipeTo(Self, success: () => new RowsArrived(shard));
        }
    }

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
        var home = Router.Home;
        var props = Once(Run, () => new ParameterSliceActor(_name, start, Run, home));
        var slice = Context.ActorOf(props.WithDispatcher(
            HasSegments ? ClusterGdHosting.SumsDispatcher : ClusterGdHosting.ComputeDispatcher));
        _slices[start.Slice] = slice;
        Run.DataPlane.Here.Attach(RoleAddress.OfSlice(start.Slice, _name), slice);
    }

    private void Stop(int index, IActorRef slice)
    {
        Run.DataPlane.Here.Detach(RoleAddress.OfSlice(index, _name), slice);
        Context.Stop(slice);
    }

    private void Follow(NodeEffect.DirectiveSeen seen)
    {
        var directive = seen.Directive;
        Router.Home.Tell(new CoordinatorSeen(directive.Coordinator, directive.Layout.Term), Self);
        if (!seen.IsNewer) return;
        Run.DataPlane.Follow(directive);
        Context.System.EventStream.Publish(new WorkGiven(directive.Layout.Working));
        if (Run.IsObserver) Run.Report(new Placed(directive.Coordinator, directive.Layout.SliceHosts[0]));
        Run.Report(new Directed(directive));
    }

    private void End(NodeEffect.Over over)
    {
        if (Run.Ended.Task.IsCompleted) return;
        bool isWanted = Run.IsObserver || Run.Observers.IsEmpty;
        var outcome = over.Outcome with
        {
            Reason = Shorten(over.Outcome.Reason),
            History = Run.Observers.IsEmpty ? Run.History : over.Outcome.History,
        };
        float[] parameters = over.Version?.Parameters.ToArray() ?? (isWanted ? [.. Run.Initial.Value] : []);
        Run.Ended.TrySetResult(new RunEnded(outcome, parameters, _role.Protocol.Applied));
    }
}
