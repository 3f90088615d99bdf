using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A network that loses, spoils, doubles, delays and so reorders messages by a seed, and that partitions cut. What one
/// process sends to itself arrives at once.
/// </summary>
internal sealed class SimulatedNetwork(
    VirtualTime time, SimulationRandom random, SimulationTrace trace, FaultCounts counts, int latencyMsMax)
{
    private readonly List<LinkFault> _faults = [];

    /// <summary>Whether a partition is there, open or not.</summary>
    public bool IsCut { get; private set; }

    public void Begin(LinkFault fault)
    {
        _faults.Add(fault);
        IsCut |= fault.Kind == FaultKind.Partition;
    }

    public void End(LinkFault fault)
    {
        _faults.Remove(fault);
        IsCut = _faults.Any(f => f.Kind == FaultKind.Partition);
    }

    public void EndAll()
    {
        _faults.Clear();
        IsCut = false;
    }

    /// <summary>Whether a partition keeps messages from arriving.</summary>
    public bool Cuts(SimulatedNode from, SimulatedNode to)
    {
        if (!IsCut) return false;
        foreach (var fault in _faults)
        {
            if (fault.Cuts(from, to)) return true;
        }
        return false;
    }

    /// <param name="what">For the trace; null where there is none.</param>
    public void Send(SimulatedNode from, SimulatedNode to, string? what, Action<SimulatedNode> deliver)
    {
        if (from == to)
        {
            time.After(TimeSpan.Zero, () => to.Run(deliver));
            return;
        }
        var delay = TimeSpan.Zero;
        bool isDoubled = false;
        foreach (var fault in _faults)
        {
            if (fault.Kind == FaultKind.Partition ? !fault.Cuts(from, to)
                : !fault.Touches(from, to) || !random.Chance(fault.Kind == FaultKind.Delay ? 1 : fault.Probability))
            {
                continue;
            }
            counts.Add(fault.Kind);
            switch (fault.Kind)
            {
                case FaultKind.Delay or FaultKind.Reorder:
                    delay += random.MillisecondsUpTo(fault.DelayMsMax);
                    break;
                case FaultKind.Duplicate:
                    isDoubled = true;
                    break;
                default:
                    if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}: {Fate(fault.Kind)}");
                    return;
            }
        }
        Deliver(from, to, what, delay, deliver);
        if (isDoubled) Deliver(from, to, what is null ? null : $"{what} (again)", delay, deliver);
    }

    private static string Fate(FaultKind kind) => kind switch
    {
        FaultKind.Corrupt => "spoiled, so dropped",
        FaultKind.Partition => "cut off",
        _ => "lost",
    };

    private void Deliver(
        SimulatedNode from, SimulatedNode to, string? what, TimeSpan delay, Action<SimulatedNode> deliver) =>
        time.After(delay + random.MillisecondsUpTo(latencyMsMax), () =>
        {
            if (Cuts(from, to)) counts.Add(FaultKind.Partition);
            else
            {
                if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}{to.Condition}");
                to.Run(deliver);
            }
        });
}
