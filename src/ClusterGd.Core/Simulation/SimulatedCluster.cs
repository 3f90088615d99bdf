using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A whole cluster in one thread and virtual time: the protocol classes that the product runs, on a network and on
/// processes that a plan of faults and a seed torment. At first the faults strike; then all of them end, and the run
/// has to as well. Every version of the parameters on the way is held against a run without faults. The same arguments
/// give the same run, event by event.
/// </summary>
public sealed partial class SimulatedCluster
{
    internal const string Observer = "client", Fingerprint = "simulation";

    private readonly Dictionary<string, SimulatedNode> _nodes = new(StringComparer.Ordinal);
    private readonly FaultCounts _counts = new();
    private readonly FloatPool[] _slicePools;
    private readonly GoldenRun? _golden;
    private readonly ShardStore _rows;
    private readonly SimulatedFaults _faults;
    private int _started, _numbered, _generation, _generations, _wrongGradients;
    private long _newestStep;
    private TimeSpan _lastAdvance, _longestStep;
    private RunOutcome? _outcome;
    private string? _problem;

    /// <param name="rows">All rows: what a step computes is the same wherever it is done.</param>
    /// <param name="golden">What the run must come to; null to learn it.</param>
    /// <exception cref="Options.InputException">A fault that cannot be simulated.</exception>
    public SimulatedCluster(
        TrainingPlan plan, ShardStore rows, FaultPlan faults, ulong seed, SimulationOptions options, GoldenRun? golden)
        : this(plan, rows, faults, seed, options, golden, recorder: null) { }

    internal SimulatedCluster(
        TrainingPlan plan, ShardStore rows, FaultPlan faults, ulong seed, SimulationOptions options, GoldenRun? golden,
        GoldenRun? recorder)
    {
        FaultKinds.Require(faults, FaultInterpreter.Simulator);
        (Plan, Options, _golden, _rows) = (plan, options, golden, rows);
        Random = new SimulationRandom(seed);
        Trace = new SimulationTrace(Time, options.IsTraced);
        Network = new SimulatedNetwork(Time, Random, Trace, _counts, options.LatencyMsMax);
        Computer = new SimulatedComputer(plan, rows, options.Attack, golden, recorder);
        Initial = golden?.Initial ?? plan.InitialParameters(rows);
        Recorder = recorder;
        _slicePools = [.. Enumerable.Range(0, plan.SliceCount)
            .Select(i => new FloatPool(plan.SliceStarts[i + 1] - plan.SliceStarts[i]))];
        ObserverNode = new SimulatedNode(Observer, 0, 0, this, options.Start);
        Membership = new SimulatedMembership(this);
        _faults = new SimulatedFaults(this, faults, _counts);
    }

    /// <summary>The newest that the observer holds: what is left where all nodes are gone.</summary>
    public Checkpoint? Checkpoint => ObserverNode.Protocol.Checkpoint;

    /// <summary>The step of the checkpoint that the run began with last; 0 for none.</summary>
    public long StartStep { get; private set; }

    internal TrainingPlan Plan { get; }

    internal SimulationOptions Options { get; }

    internal VirtualTime Time { get; } = new();

    internal SimulationRandom Random { get; }

    internal SimulationTrace Trace { get; }

    internal SimulatedNetwork Network { get; }

    internal SimulatedMembership Membership { get; }

    internal SimulatedComputer Computer { get; }

    internal SimulatedNode ObserverNode { get; }

    internal float[] Initial { get; }

    internal GoldenRun? Recorder { get; }

    /// <summary>The processes that run or stand still, the oldest first.</summary>
    internal IEnumerable<SimulatedNode> Alive => _nodes.Values.Where(node => node.IsAlive).OrderBy(node => node.Age);

    /// <summary>The layout with the highest term that any coordinator has announced; null before the first.</summary>
    internal Layout? NewestLayout { get; private set; }

    public SimulationResult Run()
    {
        try
        {
            Begin();
            while (_outcome is null && _problem is null && Time.Step())
            {
                if (_faults.CalmSince is { } since && Time.Now - since > Options.CalmMax) Fail(DescribeStuck());
            }
            CheckEnd();
        }
        // Whatever the protocol throws is a bug that a seed has found.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail($"{e.GetType().Name}: {e.Message} ({e.StackTrace?.Split('\n')[0].Trim()})");
        }
        float[] parameters = ObserverNode.Protocol.Current is { } version ? version.Parameters.ToArray() : [];
        return new SimulationResult(
            _outcome, parameters, _problem, _generations, _longestStep, Time.Now, Time.EventCount,
            _counts.ToImmutable(), _wrongGradients, ObserverNode.Protocol.Applied, Trace.Lines);
    }

    /// <summary>Lets it run for some virtual time, for who then looks at what is left.</summary>
    public void RunUntil(TimeSpan time)
    {
        Begin();
        while (_outcome is null && _problem is null && Time.Now < time && Time.Step()) { }
    }

    internal bool IsInterrupted => Options.InterruptAt is { } at && Time.Now >= at;

    internal void Fail(string problem) => _problem ??= problem;

    internal ModeComputer NewModeComputer() => new(Plan.Mode, Plan, _rows);

    internal TimeSpan ComputeTime() => Random.MillisecondsUpTo(Options.ComputeMsMax);

    internal SimulatedNode? Find(string name) => name == Observer ? ObserverNode : _nodes.GetValueOrDefault(name);

    internal PooledFloats Copy(int slice, ReadOnlySpan<float> sent)
    {
        var copy = _slicePools[slice].Rent();
        sent.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>Rises with every process that starts or becomes a member.</summary>
    internal int NextAge() => ++_started;

    /// <summary>A new node comes.</summary>
    internal void Join() => Membership.Joins(StartProcess(++_numbered));

    /// <summary>A process comes in the place of one that is gone, once all have noticed that.</summary>
    internal void Replace(SimulatedNode gone)
    {
        bool isRemembered = Alive.Append(ObserverNode).Any(node => !node.IsPaused && node.Members.Contains(gone));
        if (isRemembered || Find(gone.Name) != gone) Time.After(TimeSpan.FromMilliseconds(100), () => Replace(gone));
        else Membership.Joins(StartProcess(gone.Number));
    }

    /// <summary>A process ends, and its machine says so to those that ask.</summary>
    internal void Kill(SimulatedNode node)
    {
        Stop(node);
        Membership.IsGone(node);
    }

    /// <summary>A node goes in good order.</summary>
    internal void Leave(SimulatedNode node)
    {
        if (node.IsAlive) Kill(node);
    }

    internal void Stop(SimulatedNode node)
    {
        Trace.Note($"{node.Name}: ends");
        node.Die();
    }

    internal void Advanced(ParameterVersion version)
    {
        Recorder?.Add(version);
        if (version.Step <= _newestStep && _newestStep > 0) return;
        if (_newestStep > 0 && Time.Now - _lastAdvance > _longestStep) _longestStep = Time.Now - _lastAdvance;
        (_newestStep, _lastAdvance) = (version.Step, Time.Now);
        _faults.Reached(version.Step);
    }

    /// <summary>The observer hears that the run is over.</summary>
    internal void Ended(RunOutcome outcome)
    {
        if (!outcome.HasParameters || ObserverNode.Protocol.HasResult) _outcome = outcome;
    }

    private void Begin()
    {
        var first = Enumerable.Range(0, Options.Nodes).Select(_ => StartProcess(++_numbered)).ToList();
        ObserverNode.Start();
        Membership.Form(first);
        Membership.Start();
        _faults.Start();
    }

    private SimulatedNode StartProcess(int number)
    {
        // Names do not sort by age, as addresses do not.
        var node = new SimulatedNode($"node-{number * 7 % 10}{number}", number, NextAge(), this);
        _nodes[node.Name] = node;
        Trace.Note($"{node.Name}: begins");
        node.Start();
        return node;
    }
}
