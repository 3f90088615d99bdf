using ClusterGd.Core.Kernels;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// The parameter server of a mode: gives each worker one assignment at a time and takes what comes back exactly once,
/// whatever is lost, doubled or late: a push counts only as the answer to the worker's present assignment, by term,
/// sequence and version. Its state is a function of what it was made from and of its <see cref="Log"/>, with the
/// results named there. Pure: no clock, no sending. One owner.
/// </summary>
public abstract partial class ModeServer
{
    private readonly Assignment?[] _assigned;
    private readonly long[] _next, _stateSince;
    private readonly List<LogEntry> _log = [];
    private readonly SortedDictionary<long, long> _staleness = [];
    private SliceStatistics _statistics;
    // Each assignment has a share of it, until its answer has come.
    private ParameterVersion? _snapshot;
    private readonly FloatPool _pool;

    private protected ModeServer(TrainingPlan plan, ReadOnlySpan<float> initial)
    {
        Plan = plan;
        Model = new WholeModel(plan, initial);
        _pool = new FloatPool(plan.Model.ParameterCount);
        _assigned = new Assignment?[plan.ShardCount];
        _next = new long[plan.ShardCount];
        _stateSince = new long[plan.ShardCount];
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
    public long Version { get; private set; }

    /// <summary>The version at which as many rows are counted as in so many synchronous steps, or just more.</summary>
    public abstract long VersionAt(long step);

    /// <summary>Updates after which training is done.</summary>
    public long VersionsTotal => VersionAt(Plan.StepsTotal);

    public bool IsDone => Version >= VersionsTotal || Divergence is not null;

    /// <summary>The last stop at which it stood with nothing under way; 0 in the beginning.</summary>
    public long Step { get; private set; }

    /// <summary>Where it is to stop next; as far as can be where nobody has said.</summary>
    public long Stop { get; private set; } = long.MaxValue;

    /// <summary>Nothing is under way, nor will be before another stop is set.</summary>
    public bool IsStopped => Step == Stop;

    /// <summary>The first step at which it could stop, with all that is under way.</summary>
    public long NextStop => Math.Max(Step, StepOf(Reach));

    public Divergence? Divergence { get; private set; }

    /// <summary>Rows whose gradients were counted.</summary>
    public long RowsCounted { get; private set; }

    /// <summary>Results that came too late for their step.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>Mean loss of the rows of the last update; NaN before the first.</summary>
    public double LastLoss { get; private set; } = double.NaN;

    /// <summary>What it took, in its order: with the job and the data, all that the parameters depend on.</summary>
    public IReadOnlyList<LogEntry> Log => _log;

    /// <summary>How many results were applied so many updates after their parameters were read.</summary>
    public IReadOnlyDictionary<long, long> Staleness => _staleness;

    /// <summary>The present parameters, a copy.</summary>
    public float[] Parameters() => Model.ToArray();

    public void CopyParameters(Span<float> parameters) => Model.CopyTo(parameters);

    /// <summary>l2/2·‖w‖² + l1·‖w‖₁ of the present parameters.</summary>
    public double Penalty() => Model.Penalty();

    /// <summary>The smallest step that a version is not beyond.</summary>
    public long StepOf(long version)
    {
        long low = 0, high = Plan.StepsTotal;
        while (low < high)
        {
            long middle = (low + high) / 2;
            if (VersionAt(middle) < version) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Gives every worker that may begin its assignment.</summary>
    public void Start(List<Assignment> assignments) => AssignIdle(assignments);

    /// <summary>Another server goes on from this one's state: what is under way is void and given out anew.</summary>
    public void BeginTerm(long term, List<Assignment> assignments)
    {
        Term = term;
        _log.Add(new LogEntry(LogEntry.TermBegins, term, Version, IsCounted: false));
        Unassign();
        AssignIdle(assignments);
    }

    /// <summary>Lets it work up to a step, and no further.</summary>
    /// <param name="step">At least <see cref="NextStop"/>.</param>
    public void StopAt(long step, List<Assignment> assignments)
    {
        _log.Add(new LogEntry(LogEntry.StopSet, step, Version, IsCounted: false));
        Stop = step;
        StopIfThere();
        AssignIdle(assignments);
    }

    /// <summary>A worker that has heard nothing for long asks for its assignment.</summary>
    public void Repeat(int worker, List<Assignment> assignments)
    {
        if (_assigned[worker] is { } assigned) Give(assigned, assignments);
    }

    /// <summary>A worker's loss was not finite.</summary>
    public void Diverge(Divergence divergence) => Divergence = divergence;

    /// <summary>Workers that have something to do.</summary>
    public IEnumerable<int> Busy => _assigned.OfType<Assignment>().Select(assignment => assignment.Worker);

    /// <summary>Takes a result over, or repeats the worker's assignment where it is no answer to that.</summary>
    /// <param name="assignments">Each has a share of its buffer.</param>
    public void Handle(WorkerPush push, List<Assignment> assignments)
    {
        var assigned = _assigned[push.Worker];
        bool isAnswer = push.Term == Term && assigned is not null && push.Sequence == assigned.Sequence
            && push.Version == assigned.Model.Step;
        if (!isAnswer || IsDone)
        {
            Repeat(push.Worker, assignments);
            push.Release();
            return;
        }
        _assigned[push.Worker] = null;
        int rows = push.Sum.Count;
        bool isCounted = Take(push, assigned!.Model);
        assigned.Release();
        bool isFresh = push.Sequence > 0 && push.StateSince == push.Sequence;
        _log.Add(new LogEntry(push.Worker, push.Sequence, push.Version, isCounted, isFresh));
        if (isCounted)
        {
            _next[push.Worker]++;
            _stateSince[push.Worker] = push.StateSince;
            RowsCounted += rows;
        }
        else
        {
            DroppedCount++;
            push.Release();
        }
        StopIfThere();
        AssignIdle(assignments);
    }

    /// <summary>Takes what another server took, which had the same state.</summary>
    /// <param name="sum">Of a worker's line: its result, which is taken over.</param>
    /// <param name="stateSince">See <see cref="WorkerPush"/>.</param>
    /// <param name="assignments">To be released: the other one has given them out.</param>
    public void Follow(LogEntry entry, GradientSum? sum, long stateSince, List<Assignment> assignments)
    {
        if (entry.Worker == LogEntry.TermBegins) BeginTerm(entry.Sequence, assignments);
        else if (entry.Worker == LogEntry.StopSet) StopAt(entry.Sequence, assignments);
        else if (sum is not null && _assigned[entry.Worker] is { } due && due.Sequence == entry.Sequence)
        {
            Handle(new WorkerPush(Term, due.Model.Step, sum, stateSince), assignments);
        }
        else sum?.Values.Release();
    }

    private protected TrainingPlan Plan { get; }

    private protected WholeModel Model { get; }

    private protected int BusyCount => _assigned.Count(assigned => assigned is not null);

    /// <summary>The version that it comes to at least, with what is under way and must not be lost.</summary>
    private protected abstract long Reach { get; }

    /// <summary>The sequence numbers that are begun, over all workers.</summary>
    private protected long SequencesBegun =>
        _next.Select((next, worker) => _assigned[worker] is null ? next : next + 1).Max();

    /// <summary>Whether an idle worker may begin its next sequence at the present parameters.</summary>
    /// <param name="limit">The version to stop at.</param>
    private protected abstract bool MayBegin(int worker, long sequence, long limit);

    /// <summary>
    /// Takes a result over, with the updates that it makes possible. False where it came too late: it is the caller's.
    /// </summary>
    /// <param name="read">The parameters that it was computed from.</param>
    private protected abstract bool Take(WorkerPush push, ParameterVersion read);

    /// <summary>One update is made.</summary>
    /// <param name="sum">That it was made from; gives its buffer back.</param>
    private protected void Updated(GradientSum sum)
    {
        sum.Values.Release();
        Version++;
        _statistics.LossSum += sum.LossSum;
        _statistics.RowCount += sum.Count;
        _statistics.StepCount++;
        LastLoss = sum.LossSum / Math.Max(1, sum.Count);
        if (Model.IsAllFinite()) return;
        var parameters = Model.ToArray();
        int bad = Array.FindIndex(parameters, p => !float.IsFinite(p));
        Divergence = new Divergence(Version,
            $"parameter {bad} became {parameters[bad]} in update {Version}: try a smaller learning rate or clipNorm");
    }

    private protected void CountStaleness(long updatesMissed) =>
        _staleness[updatesMissed] = _staleness.GetValueOrDefault(updatesMissed) + 1;

    private long Limit => Stop == long.MaxValue ? long.MaxValue : VersionAt(Stop);

    /// <summary>What is under way still is too late then.</summary>
    private void StopIfThere()
    {
        if (Version < Limit) return;
        Step = Stop;
        Unassign();
    }

    private void Unassign()
    {
        foreach (var assignment in _assigned) assignment?.Release();
        Array.Clear(_assigned);
    }

    private static void Give(Assignment assignment, List<Assignment> assignments)
    {
        assignment.Model.Values.Retain();
        assignments.Add(assignment);
    }

    private void AssignIdle(List<Assignment> assignments)
    {
        if (IsStopped) return;
        for (int worker = 0; worker < _assigned.Length && !IsDone; worker++)
        {
            if (_assigned[worker] is not null || !MayBegin(worker, _next[worker], Limit)) continue;
            var assignment = new Assignment(Term, worker, _next[worker], Snapshot(), _stateSince[worker]);
            _assigned[worker] = assignment;
            Give(assignment, assignments);
        }
    }

    /// <summary>The present parameters as they travel, with a share for the caller.</summary>
    private ParameterVersion Snapshot()
    {
        if (_snapshot?.Step != Version)
        {
            ForgetSnapshot();
            var values = _pool.Rent();
            Model.CopyTo(values.Span);
            HalfKernels.Round(values.Span, Plan.Job.Training.Wire);
            _snapshot = new ParameterVersion(Version, false, LastLoss, values);
        }
        _snapshot.Values.Retain();
        return _snapshot;
    }

    private void ForgetSnapshot()
    {
        _snapshot?.Values.Release();
        _snapshot = null;
    }
}
