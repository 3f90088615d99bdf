using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>A fault of messages while it lasts.</summary>
/// <param name="nodes">Whose messages; of a partition those that are cut off.</param>
internal sealed class LinkFault(Fault fault, HashSet<SimulatedNode>? nodes)
{
    public FaultKind Kind => fault.Kind;

    public double Probability => fault.Probability;

    public int DelayMsMax { get; } = Math.Max(1, (int)fault.UpTo.TotalMilliseconds);

    /// <summary>Of a partition that flaps: whether messages pass for the moment.</summary>
    public bool IsOpen { get; set; }

    public bool Touches(SimulatedNode from, SimulatedNode to) =>
        nodes is null || nodes.Contains(from) || nodes.Contains(to);

    /// <summary>Whether this partition keeps a message from arriving. The observer is cut off from nobody.</summary>
    public bool Cuts(SimulatedNode from, SimulatedNode to)
    {
        if (Kind != FaultKind.Partition || IsOpen || from.IsObserver || to.IsObserver) return false;
        bool isFromInside = nodes!.Contains(from), isToInside = nodes.Contains(to);
        return isFromInside != isToInside && fault.Shape switch
        {
            CutShape.Symmetric => true,
            CutShape.Outgoing => isFromInside,
            CutShape.Incoming => isToInside,
        };
    }
}
