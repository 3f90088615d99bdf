namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>Which packets of a host a fault is about, seen from the host.</summary>
[Flags]
public enum LinkDirection
{
    In = 1,
    Out = 2,
    Both = In | Out,
}
