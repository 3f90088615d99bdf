using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>Between the nodes of one process.</summary>
public sealed class InProcessDataPlane : IDataPlane
{
    public Receivers Here { get; } = new();

    public void Follow(RunDirective directive) { }

    public bool Send(RoleAddress to, ITensorMessage message)
    {
        Here.Tell(to, message);
        return true;
    }
}
