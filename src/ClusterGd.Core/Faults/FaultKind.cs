namespace ClusterGd.Core.Faults;

/// <summary>What can go wrong, or merely change, in a cluster.</summary>
public enum FaultKind
{
    /// <summary>A message never arrives.</summary>
    Drop,

    /// <summary>A message arrives twice, the second time later.</summary>
    Duplicate,

    /// <summary>A message arrives late, and so perhaps after its successors.</summary>
    Delay,

    /// <summary>A new node comes.</summary>
    Join,

    /// <summary>A node goes in good order.</summary>
    Leave,

    /// <summary>A node is gone without a word, with all it had.</summary>
    Kill,
}
