namespace ClusterGd.Core.Faults;

/// <summary>What can go wrong with a message between two nodes.</summary>
public enum FaultKind
{
    /// <summary>It never arrives.</summary>
    Drop,

    /// <summary>It arrives twice, the second time later.</summary>
    Duplicate,

    /// <summary>It arrives late, and so perhaps after its successors.</summary>
    Delay,
}
