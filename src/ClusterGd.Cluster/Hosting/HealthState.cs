namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// What a node tells about itself: it lives, it serves, a run makes steps or waits. The node writes, the health server
/// reads; thread-safe. It has no clock: every 'now' is the time since one fixed moment, the same for all calls.
/// </summary>
public sealed class HealthState
{
    private volatile bool _isAlive, _isServing, _isRunOn;
    private volatile HealthWait? _wait;
    private long _step, _progressTicks;

    /// <summary>Whether the process's actor system is there; false until set.</summary>
    public bool IsAlive { get => _isAlive; set => _isAlive = value; }

    /// <summary>Whether the node is a member of its cluster and takes work; false until set.</summary>
    public bool IsServing { get => _isServing; set => _isServing = value; }

    public bool IsRunOn => _isRunOn;

    /// <summary>Steps that the present run has made; 0 before its first.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>When the last step was made, or when the run began where none was.</summary>
    public TimeSpan ProgressAt => new(Volatile.Read(ref _progressTicks));

    /// <summary>What is waited for, while joining or in a run; null where nothing is.</summary>
    public HealthWait? Wait => _wait;

    /// <summary>A run begins, or goes on here.</summary>
    /// <param name="step">Steps that it has made already; ≥ 0.</param>
    public void StartRun(long step, TimeSpan now)
    {
        Stepped(step, now);
        _isRunOn = true;
    }

    /// <summary>Steps made so far; ends a wait. Allocates nothing, so it may be told after every step.</summary>
    public void Stepped(long step, TimeSpan now)
    {
        Volatile.Write(ref _step, step);
        Volatile.Write(ref _progressTicks, now.Ticks);
        if (_wait is not null) _wait = null;
    }

    /// <summary>The run is over, whatever its end.</summary>
    public void EndRun()
    {
        _isRunOn = false;
        _wait = null;
    }

    /// <summary>Says what keeps the node from going on. Said again, the wait keeps its beginning.</summary>
    /// <param name="what">Completes the sentence "waits for …": who or what, by name.</param>
    public void WaitFor(string what, TimeSpan now)
    {
        if (_wait?.What != what) _wait = new HealthWait(what, now);
    }

    /// <summary>Nothing is waited for any more.</summary>
    public void GoOn() => _wait = null;
}
