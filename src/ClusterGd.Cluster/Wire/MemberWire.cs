using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>What members of a cluster tell each other without regard to any run.</summary>
internal static class MemberWire
{
    public static WireType Reports { get; } = WireType.Of<MemberReport>("member/1", 6,
        (ref MessagePackWriter w, object o) =>
        {
            var m = (MemberReport)o;
            w.Write(m.Node);
            w.Write(m.Process);
            w.Write(m.Question);
            w.Write(m.Answer);
            w.Write(m.IsMember);
            w.WriteStrings(m.Unheard);
        },
        (ref MessagePackReader r) => new MemberReport(
            r.ReadString()!, r.ReadInt32(), r.ReadInt64(), r.ReadInt64(), r.ReadBoolean(),
            r.ReadStrings()));
}
