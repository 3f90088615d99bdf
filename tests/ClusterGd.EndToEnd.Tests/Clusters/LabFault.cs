using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>One thing that goes wrong in a <see cref="LabCluster"/>, for a while.</summary>
/// <param name="Victim">The node that it happens to.</param>
/// <param name="Peer">The other node of a pair.</param>
/// <param name="Time">How long it lasts; the end of a process takes no time.</param>
internal sealed record LabFault(string Kind, int Victim, int Peer, LinkDirection Direction, TimeSpan Time)
{
    public const string Kill = "kill", KillAll = "kill all", Leave = "leave", Pause = "pause", CutOff = "cut off",
        Halves = "cut in halves",
        Flapping = "flapping", Pair = "pair", Client = "client", Tensors = "tensors",
        TensorsOfPair = "tensors of a pair", LargePackets = "large packets",
        LargePacketsOfTensors = "large packets of tensors", Loss = "loss";

    public async Task StrikeAsync(LabCluster cluster)
    {
        var node = cluster.Nodes[Victim];
        switch (Kind)
        {
            case Kill:
                node.Kill();
                node.WaitForExit(Limits.Hang);
                return;
            case KillAll:
                foreach (var one in cluster.Nodes) one.Kill();
                foreach (var one in cluster.Nodes) one.WaitForExit(Limits.Hang);
                return;
            case Leave:
                node.Terminate();
                node.WaitForExit(Limits.Hang);
                return;
            case Pause:
                node.Pause();
                await Task.Delay(Time);
                node.Continue();
                return;
            case Flapping:
                for (int i = 0; i < 3; i++)
                {
                    cluster.Hosts[Victim].Drop(Direction);
                    await Task.Delay(Time / 4);
                    cluster.Hosts[Victim].Heal();
                    await Task.Delay(Time / 12);
                }
                return;
        }
        BreakLinks(cluster);
        await Task.Delay(Time);
        foreach (var one in cluster.Hosts) one.Heal();
    }

    private void BreakLinks(LabCluster cluster)
    {
        LabHost host = cluster.Hosts[Victim], peer = cluster.Hosts[Peer];
        switch (Kind)
        {
            case CutOff:
                host.Drop(Direction);
                break;
            case Halves:
                // The client is with the first half.
                int half = cluster.Nodes.Length / 2;
                foreach (var one in cluster.Hosts.Skip(half).Take(cluster.Nodes.Length - half))
                {
                    foreach (var other in cluster.Hosts.Take(half).Append(cluster.ClientHost))
                    {
                        one.Drop(Direction, other);
                    }
                }
                break;
            case Pair:
                host.Drop(Direction, peer);
                break;
            case Client:
                cluster.ClientHost.Drop(Direction, host);
                break;
            case Tensors:
                host.DropPort(LabCluster.TensorPort, Direction);
                break;
            case TensorsOfPair:
                host.DropPort(LabCluster.TensorPort, Direction, peer);
                break;
            case LargePackets:
                host.DropLarge(Direction);
                break;
            case LargePacketsOfTensors:
                host.DropLarge(Direction, LabCluster.TensorPort);
                break;
            case Loss:
                host.Lose(0.3);
                break;
            default:
                throw new InvalidOperationException($"There is no fault '{Kind}'.");
        }
    }
}
