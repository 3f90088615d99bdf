using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A network of two planes that loses, spoils, doubles, delays and so reorders messages by a seed, and whose links are
/// cut, on one plane or both. What one process sends to itself arrives at once.
/// </summary>
internal sealed class SimulatedNetwork(
    VirtualTime time, SimulationRandom random, SimulationTrace trace, FaultCounts counts, int latencyMsMax)
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(0.2), s_lastPause = TimeSpan.FromSeconds(3.2);

    private readonly LinkFaults<SimulatedNode> _faults = new();
    private readonly Dictionary<(SimulatedNode From, SimulatedNode To),
        Queue<(string? What, Action<SimulatedNode> Deliver)>> _held = [];

    /// <summary>Whether a link may be cut, open for the moment or not.</summary>
    public bool IsCut => _faults.HasCuts;

    /// <summary>Whether any fault of links lasts.</summary>
    public bool HasFaults => _faults.HasAny;

    public void Begin(LinkFault<SimulatedNode> fault) => _faults.Begin(fault);

    public void End(LinkFault<SimulatedNode> fault) => _faults.End(fault);

    public void EndAll() => _faults.EndAll();

    /// <summary>Whether control messages do not arrive.</summary>
    public bool Cuts(SimulatedNode from, SimulatedNode to) => CutOf(from, to, Traffic.Control) is not null;

    /// <param name="what">For the trace; null where there is none.</param>
    public void Send(
        SimulatedNode from, SimulatedNode to, Traffic traffic, string? what, Action<SimulatedNode> deliver)
    {
        if (from == to)
        {
            time.After(TimeSpan.Zero, () =>
            {
                if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}");
                to.Run(deliver);
            });
            return;
        }
        var fate = _faults.FateOf(from, to, traffic, from.IsObserver || to.IsObserver, random, counts.Add);
        if (traffic.Plane == LinkPlane.Control && fate.Lost is (FaultKind.Partition or FaultKind.CutPair))
        {
            Hold(from, to, what, deliver);
            return;
        }
        if (fate.Lost is { } why)
        {
            if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}: {Fate(why)}");
            return;
        }
        Deliver(from, to, traffic, what, fate.Delay, deliver);
        if (fate.IsDoubled) Deliver(from, to, traffic, what is null ? null : $"{what} (again)", fate.Delay, deliver);
    }

    /// <summary>
    /// A control message that is said again and again, so that it matters only whether the link is cut: nothing is
    /// drawn for it.
    /// </summary>
    public void Tell(SimulatedNode from, SimulatedNode to, Action<SimulatedNode> deliver)
    {
        if (!Cuts(from, to)) time.After(TimeSpan.FromMilliseconds(1), () => to.Run(deliver));
    }

    /// <summary>
    /// Much as TCP does: what was sent during a cut arrives after it, in its order, after a pause that grows with the
    /// cut; then it tells of a time that is over. What is sent after the cut may overtake it.
    /// </summary>
    private void Hold(SimulatedNode from, SimulatedNode to, string? what, Action<SimulatedNode> deliver)
    {
        if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}: held");
        if (!_held.TryGetValue((from, to), out var waiting)) _held[(from, to)] = waiting = [];
        waiting.Enqueue((what, deliver));
        if (waiting.Count == 1) TryAgain(from, to, s_firstPause);
    }

    private void TryAgain(SimulatedNode from, SimulatedNode to, TimeSpan pause) => time.After(pause, () =>
    {
        if (Cuts(from, to))
        {
            TryAgain(from, to, pause < s_lastPause ? 2 * pause : pause);
            return;
        }
        var waiting = _held[(from, to)];
        if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {waiting.Count} messages that were held");
        while (waiting.TryDequeue(out var message)) to.Run(message.Deliver);
    });

    private FaultKind? CutOf(SimulatedNode from, SimulatedNode to, Traffic traffic) =>
        _faults.CutOf(from, to, traffic, from.IsObserver || to.IsObserver);

    private static string Fate(FaultKind kind) => kind switch
    {
        FaultKind.Corrupt => "spoiled, so dropped",
        FaultKind.Partition or FaultKind.CutPair => "cut off",
        FaultKind.LargeFrames => "too large, so lost",
        _ => "lost",
    };

    private void Deliver(
        SimulatedNode from, SimulatedNode to, Traffic traffic, string? what, TimeSpan delay,
        Action<SimulatedNode> deliver) =>
        time.After(delay + random.MillisecondsUpTo(latencyMsMax), () =>
        {
            if (CutOf(from, to, traffic) is { } cut) counts.Add(cut);
            else
            {
                if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}{to.Condition}");
                to.Run(deliver);
            }
        });
}
