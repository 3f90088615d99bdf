using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// Virtual time, and a network that loses, doubles, delays and so reorders messages by a seed. Events at one time
/// happen in the order in which they were asked for.
/// </summary>
internal sealed class SimulatedNetwork(FaultPlan faults, ulong seed)
{
    private const int TraceLength = 300;
    private readonly SimulationRandom _random = new(seed);
    private readonly PriorityQueue<Action, (TimeSpan At, long Sequence)> _queue = new();
    private readonly Queue<string> _trace = new();
    private long _sequence;

    public TimeSpan Now { get; private set; }

    public long EventCount { get; private set; }

    public IEnumerable<string> Trace => _trace;

    /// <summary>Lets the next event happen. False where none is left.</summary>
    public bool Step()
    {
        if (!_queue.TryDequeue(out var action, out var key)) return false;
        Now = key.At;
        EventCount++;
        action();
        return true;
    }

    public void Send(string from, string to, string what, Action deliver)
    {
        if (from == to)
        {
            After(TimeSpan.Zero, deliver);
            return;
        }
        what = $"{from} → {to}: {what}";
        if (_random.Chance(faults.Drop))
        {
            Note($"{what}: lost");
            return;
        }
        Deliver(what, deliver);
        if (_random.Chance(faults.Duplicate)) Deliver(what + " (again)", deliver);
    }

    /// <summary>After a computation's time.</summary>
    public void Later(Action action) => After(TimeSpan.FromMilliseconds(_random.UpTo(faults.ComputeMsMax)), action);

    /// <summary>After the time that a cluster takes to notice something: 10 ms to a second.</summary>
    public void Noticed(Action action) => After(TimeSpan.FromMilliseconds(10 + _random.UpTo(1000)), action);

    public void After(TimeSpan delay, Action action) => _queue.Enqueue(action, (Now + delay, _sequence++));

    public void Note(string what)
    {
        if (_trace.Count == TraceLength) _trace.Dequeue();
        if (!what.Contains(": status", StringComparison.Ordinal))
        {
            _trace.Enqueue($"{Now.TotalMilliseconds,8:F0} ms  {what}");
        }
    }

    private void Deliver(string what, Action deliver) =>
        After(TimeSpan.FromMilliseconds(_random.UpTo(faults.DelayMsMax)), () =>
        {
            Note(what);
            deliver();
        });
}
