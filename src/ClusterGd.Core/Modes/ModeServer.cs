using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Modes;

/// <summary>
/// The parameter server of a mode: gives each worker one assignment at a time and takes what comes back exactly once,
/// whatever is lost, doubled or late: a push counts only as the answer to the worker's present assignment, by term,
/// sequence and version. Pure: no clock, no sending. One owner.
/// </summary>
public abstract class ModeServer
{
    private readonly Assignment?[] _assigned;
    private readonly long[] _next;
    private readonly List<LogEntry> _log = [];
    private readonly SortedDictionary<long, long> _staleness = [];
    private ModelVersion? _snapshot;

    private protected ModeServer(TrainingPlan plan, ReadOnlySpan<float> initial)
    {
        Plan = plan;
        Model = new WholeModel(plan, initial);
        _assigned = new Assignment?[plan.ShardCount];
        _next = new long[plan.ShardCount];
    }

    /// <summary>The server of a mode, at the first parameters.</summary>
    public static ModeServer Create(TrainingMode mode, TrainingPlan plan, ReadOnlySpan<float> initial) => mode switch
    {
        Synchronous => new BoundedStalenessServer(plan, initial, bound: 0),
        BoundedStaleness bounded => new BoundedStalenessServer(plan, initial, bounded.Bound),
        Asynchronous asynchronous => new AsynchronousServer(plan, initial, asynchronous),
        KOfN first => new KOfNServer(plan, initial, first.K),
        LocalSteps local => new LocalStepsServer(plan, initial, local),
        _ => throw new ArgumentException($"there is no server for {mode}"),
    };

    public long Term { get; private set; } = 1;

    /// <summary>Updates made.</summary>
    public long Version { get; private protected set; }

    /// <summary>Updates after which training is done.</summary>
    public abstract long VersionsTotal { get; }

    public bool IsDone => Version >= VersionsTotal || Divergence is not null;

    public Divergence? Divergence { get; private set; }

    /// <summary>Rows whose gradients were counted.</summary>
    public long RowsCounted { get; private set; }

    /// <summary>Results that came too late for their step.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>What it took, in its order: with the job and the data, all that the parameters depend on.</summary>
    public IReadOnlyList<LogEntry> Log => _log;

    /// <summary>How many results were applied so many updates after their parameters were read.</summary>
    public IReadOnlyDictionary<long, long> Staleness => _staleness;

    /// <summary>The present parameters, a copy.</summary>
    public float[] Parameters() => Model.ToArray();

    /// <summary>l2/2·‖w‖² + l1·‖w‖₁ of the present parameters.</summary>
    public double Penalty() => Model.Penalty();

    /// <summary>Gives every worker that may begin its assignment.</summary>
    public void Start(List<Assignment> assignments) => AssignIdle(assignments);

    /// <summary>Another server goes on from this one's state: what is under way is void and given out anew.</summary>
    public void BeginTerm(List<Assignment> assignments)
    {
        Term++;
        _log.Add(new LogEntry(-1, 0, Version, IsCounted: false));
        Array.Clear(_assigned);
        AssignIdle(assignments);
    }

    /// <summary>A worker that has heard nothing for long asks for its assignment.</summary>
    public void Repeat(int worker, List<Assignment> assignments)
    {
        if (_assigned[worker] is { } assigned) assignments.Add(assigned);
    }

    /// <summary>Takes a result, or repeats the worker's assignment where it is no answer to that.</summary>
    public void Handle(WorkerPush push, List<Assignment> assignments)
    {
        var assigned = _assigned[push.Worker];
        bool isAnswer = push.Term == Term && assigned is not null && push.Sequence == assigned.Sequence
            && push.Version == assigned.Model.Version;
        if (!isAnswer || IsDone)
        {
            Repeat(push.Worker, assignments);
            return;
        }
        _assigned[push.Worker] = null;
        if (push.Result.Divergence is { } divergence)
        {
            Divergence = divergence;
            return;
        }
        bool isCounted = Take(push, assigned!.Model);
        _log.Add(new LogEntry(push.Worker, push.Sequence, push.Version, isCounted));
        if (isCounted)
        {
            _next[push.Worker]++;
            RowsCounted += push.Result.Count;
        }
        else DroppedCount++;
        AssignIdle(assignments);
    }

    private protected TrainingPlan Plan { get; }

    private protected WholeModel Model { get; }

    /// <summary>Whether an idle worker may begin its next sequence at the present parameters.</summary>
    private protected abstract bool MayBegin(int worker, long sequence);

    /// <summary>Takes a result over, with the updates that it makes possible. False where it came too late.</summary>
    /// <param name="read">The parameters that it was computed from.</param>
    private protected abstract bool Take(WorkerPush push, ModelVersion read);

    /// <summary>One update is made.</summary>
    private protected void Updated()
    {
        Version++;
        if (Model.IsAllFinite()) return;
        var parameters = Model.ToArray();
        int bad = Array.FindIndex(parameters, p => !float.IsFinite(p));
        Divergence = new Divergence(Version,
            $"parameter {bad} became {parameters[bad]} in update {Version}: try a smaller learning rate or clipNorm");
    }

    private protected void CountStaleness(long updatesMissed) =>
        _staleness[updatesMissed] = _staleness.GetValueOrDefault(updatesMissed) + 1;

    private void AssignIdle(List<Assignment> assignments)
    {
        for (int worker = 0; worker < _assigned.Length && !IsDone; worker++)
        {
            if (_assigned[worker] is not null || !MayBegin(worker, _next[worker])) continue;
            var assignment = new Assignment(Term, worker, _next[worker], Snapshot());
            _assigned[worker] = assignment;
            assignments.Add(assignment);
        }
    }

    private ModelVersion Snapshot()
    {
        if (_snapshot?.Version == Version) return _snapshot;
        var parameters = Model.ToArray();
        HalfKernels.Round(parameters, Plan.Job.Training.Wire);
        return _snapshot = new ModelVersion(Version, parameters);
    }
}
