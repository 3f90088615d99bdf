using ClusterGd.Core.Checkpoints;
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

    /// <summary>Ticks between two statuses that nothing has changed.</summary>
    private const int StatusEvery = 2;

    /// <summary>About what the metrics of a shard take.</summary>
    private const int EvaluationFloats = 100;

    private readonly SimulatedCluster _cluster;
    private readonly SortedDictionary<int, ISlice> _slices = [];
    private readonly Queue<Action<SimulatedNode>> _inbox = [];
    private readonly HashSet<(long, bool, Data.RowSet, int)> _evaluated = [];
    private readonly Stack<List<NodeEffect>> _nodeEffects = [];
    private readonly Stack<List<SliceEffect>> _sliceEffects = [];
    private int _ticks;

    /// <param name="number">From 1 in the order of starting; 0 for the observer. One that comes in the place of
    /// another has its name and number.</param>
    /// <param name="age">Rises with every process that starts.</param>
    /// <param name="start">What an observer holds from the beginning.</param>
    public SimulatedNode(string name, int number, int age, SimulatedCluster cluster, Checkpoint? start = null)
    {
        (Name, Number, Age, _cluster) = (name, number, age, cluster);
        Protocol = new NodeProtocol(name, cluster.Plan, RetryInterval, start);
        _succession = new Succession(name);
        _hearing = new ObserverHearing(name);
        _links = new LinkHealth(name);
        _downing = new Downing(name, s_stableAfter, s_quarrelMax);
    }

    public string Name { get; }

    public int Number { get; }

    /// <summary>The oldest member is the first to have the coordinator.</summary>
    public int Age { get; set; }

    public bool IsObserver => Number == 0;

    public NodeProtocol Protocol { get; }

    public IReadOnlyDictionary<int, ISlice> Slices => _slices;

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

    private Layout Layout => Protocol.Directive!.Layout;

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
        OnNode((node, effects) => node.Leave(effects));
    }

    public void Receive(RunDirective directive)
    {
        Follow(directive);
        if (directive.Supersedes(Protocol.Directive)) _links.Follow(directive, Now);
        OnNode((node, effects) => node.Handle(directive, Now, effects));
        foreach (int slice in _slices.Keys.ToArray())
        {
            OnSlice(slice, (s, effects) => s.Handle(directive, Now, effects));
        }
    }

    public void OnNode(Action<NodeProtocol, List<NodeEffect>> action)
    {
        if (!IsAlive) return;
        var effects = _nodeEffects.TryPop(out var free) ? free : [];
        action(Protocol, effects);
        foreach (var effect in effects) Interpret(effect);
        effects.Clear();
        _nodeEffects.Push(effects);
    }

    public void OnSlice(int index, Action<ISlice, List<SliceEffect>> action)
    {
        if (!IsAlive || !_slices.TryGetValue(index, out var slice)) return;
        var effects = _sliceEffects.TryPop(out var free) ? free : [];
        action(slice, effects);
        foreach (var effect in effects) Interpret(index, effect);
        effects.Clear();
        _sliceEffects.Push(effects);
    }

    private void Tick()
    {
        if (!IsAlive) return;
        _cluster.Time.After(s_tick, Tick);
        if (IsPaused) return;
        OnNode((node, effects) => node.Tick(Now, effects));
        if (_slices.Count > 0)
        {
            foreach (int slice in _slices.Keys.ToArray()) OnSlice(slice, Look);
        }
        if (IsObserver) OnNode((node, effects) => node.SeeToOrder(effects));
        SeeToLinks();
        if (_ticks % PulseEvery == 0) SendPulse();
        if (_ticks++ % StatusEvery == 0) SendStatus();
        Coordinator?.Tick();
    }

    private void Look(ISlice slice, List<SliceEffect> effects)
    {
        slice.Tick(Now, effects);
        slice.LookForLate(Now, effects);
    }

    /// <summary>After a computation's time.</summary>
    private void Later(Action<SimulatedNode> action) =>
        _cluster.Time.After(_cluster.ComputeTime() * Slowness.DefaultIfEmpty(1).Max(), () => Run(action));

    /// <summary>A control message.</summary>
    private void Send(string to, string? what, Action<SimulatedNode> deliver)
    {
        if (_cluster.Find(to) is { } node) _cluster.Network.Send(this, node, Traffic.Control, what, deliver);
    }

    private void Interpret(NodeEffect effect)
    {
        switch (effect)
        {
            case NodeEffect.Compute compute:
                Compute(compute);
                break;
            case NodeEffect.Merge merge:
                var merged = merge.Sum();
                Later(self => self.OnNode((node, effects) => node.Merged(merged, effects)));
                break;
            case NodeEffect.Push push:
                for (int slice = push.Segment.SliceFirst; slice < push.Segment.SliceEnd; slice++)
                {
                    SendPart(slice, push.Sum);
                }
                push.Sum.Values.Release();
                break;
            case NodeEffect.Evaluate evaluate:
                Evaluate(evaluate);
                break;
            case NodeEffect.Prepare prepare:
                foreach (int shard in prepare.Shards)
                {
                    Later(self => self.OnNode((node, effects) => node.Prepared(shard, effects)));
                }
                break;
            case NodeEffect.StartSlice start:
                StartSlice(start);
                break;
            case NodeEffect.RestoreSlice restore:
                OnSlice(restore.Slice, (s, effects) => s.Restore(restore.State, effects));
                break;
            case NodeEffect.DropSlice drop:
                _slices.Remove(drop.Slice);
                break;
            case NodeEffect.RequestState request:
                Send(request.From, Trace.Text($"request for the state of slice {request.Slice}"),
                    node => node.StateRequested(request.Slice, Name));
                break;
            case NodeEffect.SendState send:
                SendState(send.Node, send.State);
                break;
            case NodeEffect.RequestMemory request:
                Send(request.Node, Trace.Text($"request for memory"), node => node.SendMemory(Name, request.After));
                break;
            case NodeEffect.ReportCheckpoint report:
                SendToCoordinator(Trace.Text($"checkpoint of step {report.Message.Step}"),
                    (c, now, effects) => c.Handle(report.Message, now, effects));
                break;
            case NodeEffect.CheckpointTaken:
                break;
            case NodeEffect.AskStandIn ask:
                AskStandIn(ask.Node, ask.Step, ask.Shards);
                break;
            case NodeEffect.RequestSlice request:
                Send(Layout.SliceHosts[request.Slice], Trace.Text($"request for slice {request.Slice}"),
                    node => node.OnSlice(request.Slice, (s, effects) => s.Answer(Name, effects)));
                break;
            case NodeEffect.AnswerHeld answer:
                SendToCoordinator(Trace.Text($"held at step {answer.Message.NextStep}"),
                    (c, now, effects) => c.Handle(answer.Message, now, effects));
                break;
            case NodeEffect.ReportResult report:
                SendToCoordinator(Trace.Text($"result"), (c, _, effects) => c.Handle(report.Message, effects));
                break;
            case NodeEffect.StatusChanged:
                SendStatus();
                break;
            case NodeEffect.MayLeave:
                _cluster.Leave(this);
                break;
            case NodeEffect.Advanced advanced:
                _cluster.Advanced(advanced.Version);
                break;
            case NodeEffect.Broken broken:
                Report(broken.Message);
                break;
            default:
                if (!InterpretMode(effect)) throw new InvalidOperationException($"no interpreter for {effect}");
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
            Report(divergence);
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
        for (int i = 0; i < segments; i++)
        {
            var part = sum with { Segment = i };
            Later(self => self.OnNode((node, effects) => node.Computed(part, effects)));
        }
    }

    private void Evaluate(NodeEffect.Evaluate evaluate)
    {
        var part = new EvaluationPart(
            evaluate.Version.Step, evaluate.Version.IsFinal, evaluate.Set, evaluate.Shard,
            _cluster.Computer.Evaluate(evaluate.Shard, evaluate.Set, evaluate.Version));
        evaluate.Version.Values.Release();
        Later(self =>
        {
            self.OnNode((node, _) => node.Evaluated(evaluate.Shard, evaluate.Set));
            // By the tensor plane, which knows the coordinator by the directive; asked for again, by the other.
            string to = self.Protocol.Directive!.Coordinator;
            var what = Trace.Text($"evaluation of shard {part.Shard}");
            if (self._evaluated.Add((part.Step, part.IsFinal, part.Set, part.Shard)))
            {
                self.SendTensor(to, EvaluationFloats, what, Deliver);
            }
            else self.Send(to, what, Deliver);
        });

        void Deliver(SimulatedNode node) =>
            node.Coordinator?.Receive((c, now, effects) => c.Handle(part, now, effects));
    }

    private void StartSlice(NodeEffect.StartSlice start)
    {
        if (start.State is { } state) _cluster.Check(state);
        _slices[start.Slice] = start.State is { } given
            ? ISlice.Create(_cluster.Plan, start.Slice, Name, start.Generation, given, RetryInterval)
            : ISlice.Create(_cluster.Plan, start.Slice, Name, start.Generation, _cluster.Initial, RetryInterval);
        OnSlice(start.Slice, (s, effects) => s.Handle(Protocol.Directive!, Now, effects));
    }

    /// <summary>As over a wire: every arrival has a buffer of its own, of the slice's length.</summary>
    private void SendPart(int slice, GradientSum sum)
    {
        int first = _cluster.Plan.SliceStarts[slice];
        float[] sent = sum.Values.Span[first.._cluster.Plan.SliceStarts[slice + 1]].ToArray();
        var what = Trace.Text($"{sum.Pass} gradient of {sum.Subtree}, step {sum.Step}, to slice {slice}");
        SendTensor(Layout.SliceHosts[slice], sent.Length, what, node =>
        {
            if (!node.Slices.ContainsKey(slice)) return;
            var arrived = sum with { Values = _cluster.Copy(slice, sent), First = first };
            node.OnSlice(slice, (s, effects) => s.Handle(new GradientPart(slice, arrived, Name), Now, effects));
        });
    }
}
