namespace ClusterGd.Core.Faults;

/// <summary>A fault of messages while it lasts: the one meaning of it, in virtual time and on real processes.</summary>
/// <param name="nodes">Whose messages, null for all; of a partition those that are cut off.</param>
public sealed class LinkFault<TNode>(Fault fault, IReadOnlySet<TNode>? nodes)
{
    private readonly int _delayMsMax = Math.Max(1, (int)fault.UpTo.TotalMilliseconds);
    private long _struckCount;

    public FaultKind Kind => fault.Kind;

    /// <summary>Of a partition that flaps: whether messages pass for the moment.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Messages that were struck.</summary>
    public long StruckCount => Interlocked.Read(ref _struckCount);

    /// <summary>Whether this partition keeps a message from arriving.</summary>
    public bool Cuts(TNode from, TNode to)
    {
        if (Kind != FaultKind.Partition || IsOpen) return false;
        bool isFromInside = nodes!.Contains(from), isToInside = nodes.Contains(to);
        return isFromInside != isToInside && fault.Shape switch
        {
            CutShape.Symmetric => true,
            CutShape.Outgoing => isFromInside,
            CutShape.Incoming => isToInside,
        };
    }

    /// <summary>Whether a message is struck.</summary>
    public bool Strikes(TNode from, TNode to, IFaultDraws draws)
    {
        bool isStruck = Kind == FaultKind.Partition ? Cuts(from, to)
            : Touches(from, to) && draws.Chance(Kind == FaultKind.Delay ? 1 : fault.Probability);
        if (isStruck) Interlocked.Increment(ref _struckCount);
        return isStruck;
    }

    /// <summary>What a message that is struck suffers beside what it has suffered.</summary>
    public MessageFate Strike(MessageFate before, IFaultDraws draws) => Kind switch
    {
        FaultKind.Delay or FaultKind.Reorder =>
            before with { Delay = before.Delay + draws.MillisecondsUpTo(_delayMsMax) },
        FaultKind.Duplicate => before with { IsDoubled = true },
        _ => before with { Lost = Kind },
    };

    private bool Touches(TNode from, TNode to) => nodes is null || nodes.Contains(from) || nodes.Contains(to);
}
