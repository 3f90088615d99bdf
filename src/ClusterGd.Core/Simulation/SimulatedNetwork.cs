using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A network that loses, spoils, doubles, delays and so reorders messages by a seed, and that partitions cut. What one
/// process sends to itself arrives at once.
/// </summary>
internal sealed class SimulatedNetwork(
    VirtualTime time, SimulationRandom random, SimulationTrace trace, FaultCounts counts, int latencyMsMax)
{
    private readonly LinkFaults<SimulatedNode> _faults = new();

    /// <summary>Whether a partition is there, open or not.</summary>
    public bool IsCut => _faults.HasPartition;

    public void Begin(LinkFault<SimulatedNode> fault) => _faults.Begin(fault);

    public void End(LinkFault<SimulatedNode> fault) => _faults.End(fault);

    public void EndAll() => _faults.EndAll();

    /// <summary>Whether a partition keeps messages from arriving. The observer is cut off from nobody.</summary>
    public bool Cuts(SimulatedNode from, SimulatedNode to) =>
        !from.IsObserver && !to.IsObserver && _faults.Cuts(from, to);

    /// <param name="what">For the trace; null where there is none.</param>
    public void Send(SimulatedNode from, SimulatedNode to, string? what, Action<SimulatedNode> deliver)
    {
        if (from == to)
        {
            time.After(TimeSpan.Zero, () => to.Run(deliver));
            return;
        }
        var fate = _faults.FateOf(from, to, from.IsObserver || to.IsObserver, random, counts.Add);
        if (fate.Lost is { } why)
        {
            if (trace.IsOn) trace.Add($"{from.Name} → {to.Name}: {what}: {Fate(why)}");
            return;
        }
        Deliver(from, to, what, fate.Delay, deliver);
        if (fate.IsDoubled) Deliver(from, to, what is null ? null : $"{what} (again)", fate.Delay, deliver);
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
