namespace ClusterGd.Core.Protocol;

/// <summary>A member of the cluster, as one of them sees it.</summary>
/// <param name="IsVoter">Counts for the majority: a node, but no client and none that is still joining.</param>
/// <param name="IsHeard">By this process itself.</param>
/// <param name="IsDoubted">A voter with work does not hear it, or is not heard by it.</param>
public readonly record struct MemberView(string Name, bool IsVoter, bool IsHeard, bool IsDoubted)
{
    /// <summary>Its process is gone: its port refuses, or another process has its address.</summary>
    public bool IsDead { get; init; }

    /// <summary>A voter that this process hears says that it hears the member.</summary>
    public bool IsHeardByOthers { get; init; }

    /// <summary>No run has given it work, as far as this process knows.</summary>
    public bool IsIdle { get; init; }

    /// <summary>How many members with work it does not hear, or do not hear it.</summary>
    public int QuarrelCount { get; init; }
}
