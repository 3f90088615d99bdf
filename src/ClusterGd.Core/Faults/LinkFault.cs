namespace ClusterGd.Core.Faults;

/// <summary>A fault of messages while it lasts: the one meaning of it, in virtual time and on real processes.</summary>
/// <param name="nodes">Those whose messages are struck, null for all; of a partition those that are cut off.</param>
public sealed class LinkFault<TNode>(Fault fault, IReadOnlyList<TNode>? nodes)
{
    private readonly int _delayMsMax = Math.Max(1, (int)fault.UpTo.TotalMilliseconds);
    private long _struckCount;

    public FaultKind Kind => fault.Kind;

    /// <summary>Whether a message does not arrive for what it is, and not by chance.</summary>
    public bool IsCut => Kind is FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames;

    /// <summary>Whether it lets the messages of observers pass: a node that is cut off may still reach the client.
    /// </summary>
    public bool SparesObservers => Kind == FaultKind.Partition && fault.Plane != LinkPlane.Tensors;

    /// <summary>Of a cut that flaps: whether messages pass for the moment.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Messages that were struck.</summary>
    public long StruckCount => Interlocked.Read(ref _struckCount);

    /// <summary>Whether this cut keeps a message from arriving.</summary>
    public bool Cuts(TNode from, TNode to, Traffic traffic)
    {
        if (!IsCut || IsOpen || !Concerns(traffic)) return false;
        int sender = IndexOf(from), receiver = IndexOf(to);
        bool isFromInside = sender >= 0, isToInside = receiver >= 0;
        return Kind switch
        {
            FaultKind.CutPair => isFromInside && isToInside && sender != receiver && HasShape(sender < receiver),
            FaultKind.LargeFrames => isFromInside && HasShape(true) || isToInside && HasShape(false),
            _ => isFromInside != isToInside && HasShape(isFromInside),
        };
    }

    /// <summary>Whether a message is struck.</summary>
    public bool Strikes(TNode from, TNode to, Traffic traffic, IFaultDraws draws)
    {
        bool isStruck = IsCut ? Cuts(from, to, traffic)
            : Touches(from, to) && Concerns(traffic) && IsChosen(traffic, draws);
        if (isStruck) Interlocked.Increment(ref _struckCount);
        return isStruck;
    }

    /// <summary>What a message that is struck suffers beside what it has suffered.</summary>
    public MessageFate Strike(MessageFate before, Traffic traffic, IFaultDraws draws) => Kind switch
    {
        FaultKind.Delay or FaultKind.Reorder =>
            before with { Delay = before.Delay + draws.MillisecondsUpTo(_delayMsMax) },
        FaultKind.PacketLoss => before with
        {
            Delay = before.Delay + PacketLosses.Delay(fault.Probability, traffic.Bytes, draws),
        },
        FaultKind.Duplicate => before with { IsDoubled = true },
        _ => before with { Lost = Kind },
    };

    private bool IsChosen(Traffic traffic, IFaultDraws draws) => draws.Chance(Kind switch
    {
        FaultKind.Delay => 1,
        FaultKind.PacketLoss => PacketLosses.Probability(fault.Probability, traffic.Bytes),
        _ => fault.Probability,
    });

    private bool Concerns(Traffic traffic) => (fault.Plane is not { } plane || plane == traffic.Plane)
        && (Kind != FaultKind.LargeFrames || traffic.Bytes > fault.Above);

    private bool HasShape(bool isOutgoing) => fault.Shape switch
    {
        CutShape.Symmetric => true,
        CutShape.Outgoing => isOutgoing,
        CutShape.Incoming => !isOutgoing,
    };

    private bool Touches(TNode from, TNode to) => nodes is null || IndexOf(from) >= 0 || IndexOf(to) >= 0;

    private int IndexOf(TNode node)
    {
        for (int i = 0; i < nodes!.Count; i++)
        {
            if (EqualityComparer<TNode>.Default.Equals(nodes[i], node)) return i;
        }
        return -1;
    }
}
