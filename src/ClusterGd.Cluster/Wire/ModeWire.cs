using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>The control messages of modes whose steps are not synchronous.</summary>
internal static class ModeWire
{
    public static WireType AssignmentRequests { get; } = WireType.Of<AssignmentRequest>("want-assignment/1", 1,
        (ref MessagePackWriter w, object o) => w.Write(((AssignmentRequest)o).Worker),
        (ref MessagePackReader r) => new AssignmentRequest(r.ReadInt32()));

    public static WireType OrderRequests { get; } = WireType.Of<OrderRequest>("want-order/1", 2,
        (ref MessagePackWriter w, object o) =>
        {
            var m = (OrderRequest)o;
            w.Write(m.Node);
            w.Write(m.From);
        },
        (ref MessagePackReader r) => new OrderRequest(r.ReadString()!, r.ReadInt32()));
}
