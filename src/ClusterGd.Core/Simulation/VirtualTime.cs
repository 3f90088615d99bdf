namespace ClusterGd.Core.Simulation;

/// <summary>A clock that jumps from event to event; those of one time keep the order they were asked in.</summary>
internal sealed class VirtualTime
{
    // By microseconds, then by number: one comparison of integers.
    private const int SequenceBits = 32;
    private readonly PriorityQueue<Action, ulong> _queue = new();
    private uint _sequence;

    public TimeSpan Now { get; private set; }

    public long EventCount { get; private set; }

    /// <summary>Lets the next event happen. False where none is left.</summary>
    public bool Step()
    {
        if (!_queue.TryDequeue(out var action, out ulong key)) return false;
        Now = TimeSpan.FromMicroseconds(key >> SequenceBits);
        EventCount++;
        action();
        return true;
    }

    public void After(TimeSpan delay, Action action)
    {
        ulong at = (ulong)((Now + delay).Ticks / TimeSpan.TicksPerMicrosecond);
        _queue.Enqueue(action, (at << SequenceBits) | _sequence++);
    }
}
