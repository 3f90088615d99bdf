using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>What this node knows of its links on the tensor plane, apart from the control plane.</summary>
internal sealed partial class SimulatedNode
{
    /// <summary>Ticks between two probes of a link.</summary>
    private static readonly int s_probeEvery = (int)(LinkHealth.ProbeInterval / s_tick),
        s_largeProbeEvery = (int)(LinkHealth.LargeProbeInterval / s_tick);

    /// <summary>Frames of more bytes count as large: more than one packet.</summary>
    private const int LargeBytes = 1400;

    private readonly LinkHealth _links;

    /// <summary>By the tensor plane.</summary>
    private void SendTensor(string to, Traffic traffic, string? what, Action<SimulatedNode> deliver)
    {
        if (_cluster.Find(to) is not { } receiver) return;
        _cluster.Network.Send(this, receiver, traffic, what, node =>
        {
            node._links.Hear(Name, traffic.Bytes > LargeBytes, node.Now);
            deliver(node);
        });
    }

    /// <summary>In a network without faults probes say nothing: a node that does not look forgives what was.</summary>
    private void SeeToLinks()
    {
        if (!_cluster.Network.HasFaults) return;
        _links.Tick(Now);
        if (_ticks % s_probeEvery == 0) Probe(Traffic.Tensor(0));
        if (_ticks % s_largeProbeEvery == 0) Probe(Traffic.Tensor(LinkHealth.LargeBytes));
        if (_place.Node is not null && _links.Report(Now) is { } report)
        {
            Send(RoleAddress.Coordinator, report);
        }
    }

    private void Probe(Traffic traffic)
    {
        foreach (string peer in _links.Peers.ToList()) SendTensor(peer, traffic, Trace.Text($"probe"), _ => { });
    }
}
