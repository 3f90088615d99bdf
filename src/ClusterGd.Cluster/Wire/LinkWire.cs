using System.Buffers;
using System.Collections.Immutable;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// The rows of the wire table for who hears whom, and for what the control plane does where the tensor plane fails.
/// </summary>
internal static class LinkWire
{
    public static readonly WireType Reports = WireType.Of<LinkReport>("links/2", 3,
        (ref MessagePackWriter w, object o) =>
        {
            var m = (LinkReport)o;
            w.Write(m.Node);
            w.WriteArrayHeader(m.Silent.Length);
            foreach (var link in m.Silent)
            {
                w.WriteArrayHeader(4);
                w.Write(link.From);
                w.Write(link.Silence.Ticks);
                w.Write(link.IsLargeOnly);
                w.Write(link.IsOverdue);
            }
            w.WriteArrayHeader(m.Lossy.Length);
            foreach (var link in m.Lossy)
            {
                w.WriteArrayHeader(2);
                w.Write(link.To);
                w.Write(link.Share);
            }
        },
        (ref MessagePackReader r) => 
            new LinkReport(r.ReadString()!, ReadSilent(ref r)) { Lossy = ReadLossy(ref r) });

    public static readonly WireType Pulses = WireType.Of<Pulse>("pulse/2", 3,
        (ref MessagePackWriter w, object o) =>
        {
            var m = (Pulse)o;
            w.Write(m.Node);
            w.Write(m.HearsMost);
            w.WriteStrings(m.Heard);
        },
        (ref MessagePackReader r) => new Pulse(r.ReadString()!, r.ReadBoolean(), r.ReadStrings()));

    public static readonly WireType TakeOvers = WireType.Of<TakeOverFrom>("take-over/1", 1,
        (ref MessagePackWriter w, object o) => w.Write(((TakeOverFrom)o).Coordinator),
        (ref MessagePackReader r) => new TakeOverFrom(r.ReadString()!));

    public static readonly WireType Taken = WireType.Of<RunTaken>("taken/1", 3,
        (ref MessagePackWriter w, object o) =>
        {
            var m = (RunTaken)o;
            w.Write(m.RunId);
            w.Write(m.Node);
            w.Write(m.HasBegun);
        },
        (ref MessagePackReader r) => new RunTaken(r.ReadUInt64(), r.ReadString()!, r.ReadBoolean()));

    public static readonly WireType Failures = WireType.Of<NodeFailed>("failed/1", 1,
        (ref MessagePackWriter w, object o) => w.Write(((NodeFailed)o).Node),
        (ref MessagePackReader r) => new NodeFailed(r.ReadString()!));

    public static readonly WireType Evaluations = WireType.Of<EvaluationBytes>("evaluation/1", 1,
        (ref MessagePackWriter w, object o) => w.Write(((EvaluationBytes)o).Bytes),
        (ref MessagePackReader r) => new EvaluationBytes(r.ReadBytes() is { } bytes ? bytes.ToArray() : []));

    private static ImmutableArray<SilentLink> ReadSilent(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var links = ImmutableArray.CreateBuilder<SilentLink>();
        for (int i = 0; i < count; i++)
        {
            r.ReadArrayHeader();
            links.Add(new SilentLink(
                r.ReadString()!, TimeSpan.FromTicks(r.ReadInt64()), r.ReadBoolean(), r.ReadBoolean()));
        }
        return links.ToImmutable();
    }

    private static ImmutableArray<LossyLink> ReadLossy(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var links = ImmutableArray.CreateBuilder<LossyLink>();
        for (int i = 0; i < count; i++)
        {
            r.ReadArrayHeader();
            links.Add(new LossyLink(r.ReadString()!, r.ReadDouble()));
        }
        return links.ToImmutable();
    }
}
