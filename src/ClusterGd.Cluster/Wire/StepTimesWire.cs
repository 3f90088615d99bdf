using System.Collections.Immutable;
using ClusterGd.Core.Events;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>The fields of a <see cref="StepTimes"/>.</summary>
internal static class StepTimesWire
{
    public static void Write(ref MessagePackWriter w, object o)
    {
        var m = (StepTimes)o;
        w.Write(m.Slice);
        w.Write(m.Node);
        w.Write(m.FirstStep);
        w.Write(m.Steps);
        w.Write(m.MedianMs);
        w.Write(m.MeanMs);
        w.WriteArrayHeader(m.Nodes.Length);
        foreach (var node in m.Nodes)
        {
            w.Write(node.Node);
            w.Write(node.ArrivedMs);
            w.Write(node.ComputeMs);
            w.Write(node.LastCount);
        }
        WriteSlowest(ref w, m.Slowest);
        w.Write(m.Wait);
        w.Write(m.WaitMs);
    }

    public static object Read(ref MessagePackReader r) => new StepTimes(
        r.ReadInt32(), r.ReadString()!, r.ReadInt64(), r.ReadInt32(), r.ReadDouble(), r.ReadDouble(),
        ReadNodes(ref r), ReadSlowest(ref r), r.ReadString(), r.ReadDouble());

    private static void WriteSlowest(ref MessagePackWriter w, SlowStep? slowest)
    {
        if (slowest is null)
        {
            w.WriteNil();
            return;
        }
        w.WriteArrayHeader(7);
        w.Write(slowest.Step);
        w.Write(slowest.Ms);
        w.Write(slowest.Node);
        w.Write(slowest.FirstShard);
        w.Write(slowest.LastShard);
        w.Write(slowest.ArrivedMs);
        w.Write(slowest.ComputeMs);
    }

    private static SlowStep? ReadSlowest(ref MessagePackReader r)
    {
        if (r.TryReadNil()) return null;
        r.ReadArrayHeader();
        return new SlowStep(
            r.ReadInt64(), r.ReadDouble(), r.ReadString()!, r.ReadInt32(), r.ReadInt32(), r.ReadDouble(),
            r.ReadDouble());
    }

    private static ImmutableArray<NodeTimes> ReadNodes(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var nodes = ImmutableArray.CreateBuilder<NodeTimes>();
        for (int i = 0; i < count; i++)
        {
            nodes.Add(new NodeTimes(r.ReadString()!, r.ReadDouble(), r.ReadDouble(), r.ReadInt32()));
        }
        return nodes.ToImmutable();
    }
}
