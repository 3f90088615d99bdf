using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A process of a simulated cluster, or its observer: what the actors of a process are in the real one. It may stand
/// still, and die; one that comes in its place is another.
/// </summary>
internal sealed partial class SimulatedNode
{
    public static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly InterruptRun s_interrupt = new();

    private readonly SimulatedCluster _cluster;
    private readonly NodeRole _role;
    private readonly SortedDictionary<int, SliceRole> _slices = [];
    private readonly Queue<Action<SimulatedNode>> _inbox = [];
    private readonly Stack<Outbox> _outboxes = [];
    private ModeComputer? _modeComputer;
    private int _ticks;

    /// <param name="number">From 1 in the order of starting; 0 for the observer. One that comes in the place of
    /// another has its name and number.</param>
    /// <param name="age">Rises with every process that starts.</param>
    /// <param name="start">What an observer holds from the beginning.</param>
    public SimulatedNode(string name, int number, int age, SimulatedCluster cluster, Checkpoint? start = null)
    {
        (Name, Number, Age, _cluster) = (name, number, age, cluster);
        _role = new NodeRole(cluster.Plan, new NodeSettings
        {
            Name = name, Endpoint = name, Fingerprint = SimulatedCluster.Fingerprint, RetryInterval = RetryInterval,
            Observers = [SimulatedCluster.Observer], Start = start,
        });
        _place = new CoordinatorPlace(name, [SimulatedCluster.Observer]);
        _links = new LinkHealth(name);
        _downing = new Downing(name, s_stableAfter, s_quarrelMax);
    }

    public string Name { get; }

    public int Number { get; }

    /// <summary>The oldest member is the first to have the coordinator.</summary>
    public int Age { get; set; }

    public bool IsObserver => Number == 0;

    public NodeProtocol Protocol => _role.Protocol;

    public IReadOnlyDictionary<int, SliceRole> Slices => _slices;

    public bool IsAlive { get; private set; } = true;

    public bool IsPaused { get; private set; }

    /// <summary>By how much its computations take longer: of several reasons the worst counts.</summary>
    public List<double> Slowness { get; } = [];

    /// <summary>It has been told to go.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>What is wrong with the next gradient that it computes; null for nothing.</summary>
    public FaultKind? NextGradient { get; set; }

    /// <summary>For the trace, behind what arrives.</summary>
    public string Condition => !IsAlive ? ", which is dead" : IsPaused ? ", which stands still" : "";

    private TimeSpan Now => _cluster.Time.Now;

    private SimulationTrace Trace => _cluster.Trace;

    /// <summary>Begins to tick.</summary>
    public void Start() => _cluster.Time.After(_cluster.Random.MillisecondsUpTo((int)s_tick.TotalMilliseconds), Tick);

    /// <summary>Has something happen in this process: at once, once it goes on, or never.</summary>
    public void Run(Action<SimulatedNode> action)
    {
        if (!IsAlive) return;
        if (IsPaused) _inbox.Enqueue(action);
        else action(this);
    }

    /// <summary>After the time that a cluster takes to notice something: 10 ms to a second.</summary>
    public void Soon(Action<SimulatedNode> action) =>
        _cluster.Time.After(TimeSpan.FromMilliseconds(10 + _cluster.Random.UpTo(1000)), () => Run(action));

    public void Pause() => IsPaused = true;

    /// <summary>Goes on, with all that came meanwhile at once.</summary>
    public void Resume()
    {
        if (!IsPaused) return;
        IsPaused = false;
        while (IsAlive && _inbox.TryDequeue(out var action)) action(this);
    }

    public void Die()
    {
        IsAlive = false;
        Coordinator = null;
    }

    /// <summary>Asks to go, and goes anyway where that takes too long.</summary>
    public void Leave()
    {
        IsLeaving = true;
        _cluster.Time.After(s_patience, () => Run(_cluster.Leave));
        Act(_role, LeaveRun.Instance);
    }

    private void Tick()
    {
        if (!IsAlive) return;
        _cluster.Time.After(s_tick, Tick);
        if (IsPaused) return;
        Act(_role, outbox => _role.Tick(Now, outbox));
        foreach (var slice in _slices.Values.ToArray())
        {
            Act(slice, outbox => slice.Tick(Now, outbox));
            Act(slice, LatenessTick.Instance);
        }
        SeeToLinks();
        if (_ticks++ % PulseEvery == 0) Act(_place, outbox => _place.Tick(Now, outbox));
        if (Coordinator is not { } coordinator) return;
        if (_cluster.IsInterrupted) Act(coordinator, s_interrupt);
        Act(coordinator, outbox => coordinator.Tick(Now, outbox));
    }

    private void Act(IRole role, object message) => Act(role, outbox => role.Handle(message, Now, outbox));

    private void Act(IRole role, Action<Outbox> act)
    {
        if (!IsAlive) return;
        var outbox = _outboxes.TryPop(out var free) ? free : new Outbox();
        act(outbox);
        for (int i = 0; i < outbox.Count; i++)
        {
            var (to, what) = outbox[i];
            if (what is Effect effect) Do(effect);
            else Send(to, what, isOfCoordinator: role is CoordinatorRole);
        }
        outbox.Clear();
        _outboxes.Push(outbox);
    }

    /// <summary>After a computation's time.</summary>
    private void Later(Action<SimulatedNode> action) =>
        _cluster.Time.After(_cluster.ComputeTime() * Slowness.DefaultIfEmpty(1).Max(), () => Run(action));

    private void Later(object answer) => Later(self => self.Act(self._role, answer));

    private void Do(Effect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                Compute(compute);
                break;
            case NodeEffect.Merge merge:
                Later(new MergedResult(merge.Sum()));
                break;
            case NodeEffect.Evaluate evaluate:
                var part = new EvaluationPart(
                    evaluate.Version.Step, evaluate.Version.IsFinal, evaluate.Set, evaluate.Shard,
                    _cluster.Computer.Evaluate(evaluate.Shard, evaluate.Set, evaluate.Version));
                evaluate.Version.Values.Release();
                Later(part);
                break;
            case NodeEffect.ComputeAssignment { Assignment: var assignment }:
                _modeComputer ??= _cluster.NewModeComputer();
                var push = _modeComputer.Compute(assignment, out var divergence);
                if (push is null) Act(_role, divergence!);
                else Later(new AssignmentComputed(assignment, push));
                break;
            case NodeEffect.DropWorker drop:
                _modeComputer?.Forget(drop.Shard);
                break;
            case NodeEffect.Prepare prepare:
                foreach (int shard in prepare.Shards) Later(new RowsArrived(shard));
                break;
            case NodeEffect.StartSlice start:
                StartSlice(start);
                break;
            case NodeEffect.DropSlice drop:
                _slices.Remove(drop.Slice);
                break;
            case NodeEffect.MayLeave:
                _cluster.Leave(this);
                break;
            case NodeEffect.DirectiveSeen seen:
                Act(_place, new CoordinatorSeen(seen.Directive.Coordinator, seen.Directive.Layout.Term));
                if (seen.IsNewer) _links.Follow(seen.Directive, Now);
                break;
            case NodeEffect.Advanced advanced:
                _cluster.Advanced(advanced.Version);
                break;
            case NodeEffect.Over over when IsObserver:
                _cluster.Ended(over.Outcome);
                break;
            case PlaceEffect.Begin:
                BeginCoordinator();
                break;
            case PlaceEffect.End:
                Coordinator = null;
                break;
            case PlaceEffect.TellHere tell:
                ToCoordinatorHere(tell.Message);
                break;
            case PlaceEffect.GiveUp gone:
                Trace.Note($"{Name}: {gone.What}");
                break;
            case CoordinatorEffect.End end:
                Trace.Note($"{Name}: the run is over: {end.Outcome.End}, {end.Outcome.Reason}");
                break;
            case CoordinatorEffect.Waiting waiting:
                CoordinatorWait = waiting.What;
                Trace.Note($"{Name}: waiting for {waiting.What} since {waiting.Since.TotalSeconds:F1} s");
                break;
            case CoordinatorEffect.Note note:
                Trace.Note($"{Name}: {note.What}");
                break;
            case CoordinatorEffect.Superseded superseded:
                Trace.Note($"{Name}: the nodes are in term {superseded.Term} already");
                break;
        }
    }

    private void Compute(NodeEffect.Compute compute)
    {
        var sum = _cluster.Computer.Gradient(compute.Shard, compute.Pass, compute.Version, out var divergence);
        compute.Version.Values.Release();
        if (divergence is not null)
        {
            sum.Values.Release();
            Act(_role, divergence);
            return;
        }
        if (NextGradient is { } fault)
        {
            NextGradient = null;
            _cluster.Spoil(this, sum, fault);
        }
        int segments = _cluster.Plan.Segments.Length;
        if (segments > 1) sum.Values.Retain(segments - 1);
        // Each when it likes: a real worker's come one after the other, but a node's workers, and sums, do not.
        for (int i = 0; i < segments; i++) Later(new ComputedResult(sum with { Segment = i }));
    }

    private void StartSlice(NodeEffect.StartSlice start)
    {
        if (start.State is { } state) _cluster.Check(state);
        var slice = start.State is { } given
            ? Slice.Create(_cluster.Plan, start.Slice, Name, start.Generation, given, RetryInterval)
            : Slice.Create(_cluster.Plan, start.Slice, Name, start.Generation, _cluster.Initial, RetryInterval);
        _slices[start.Slice] = new SliceRole(slice, start.Slice, Name, _cluster.Plan);
    }
}
