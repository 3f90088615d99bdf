using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>A mode's part of a slice's state, and the order of application, as bytes.</summary>
internal static class ModeBlobs
{
    public static void Write(ref MessagePackWriter w, ModeState? state)
    {
        if (state is null)
        {
            w.WriteNil();
            return;
        }
        w.Write(state.Term);
        w.Write(state.Version);
        WriteLongs(ref w, state.Next);
        WriteLongs(ref w, state.StateSince);
        Blobs.WriteFloats(ref w, state.Velocity);
        w.Write(MemoryMarshal.AsBytes(state.MeanSquare.AsSpan()));
        WriteCounts(ref w, state.Staleness);
        w.Write(state.Dropped);
        w.Write(state.RowsCounted);
        WriteLines(ref w, state.Log);
    }

    public static ModeState? ReadState(ref MessagePackReader r, TrainingPlan plan)
    {
        if (r.TryReadNil()) return null;
        int length = plan.Model.ParameterCount;
        long term = r.ReadInt64(), version = r.ReadInt64();
        var next = ReadLongs(ref r, plan);
        var since = ReadLongs(ref r, plan);
        float[] velocity = Blobs.ReadFloats(ref r, plan.Mode is LocalSteps ? length : 0)!;
        bool isAdaptive = plan.Mode is Asynchronous { Compensation: DelayCompensation.Adaptive };
        double[] meanSquare = ReadDoubles(ref r, isAdaptive ? length : 0);
        return new ModeState(
            term, version, next, since, velocity, meanSquare, ReadCounts(ref r), r.ReadInt64(), r.ReadInt64(),
            ReadLines(ref r, plan));
    }

    public static void Write(ref MessagePackWriter w, OrderPart part)
    {
        w.Write(part.Generation);
        w.Write(part.First);
        w.Write(part.Total);
        w.Write(part.IsFinal);
        WriteCounts(ref w, part.Staleness);
        w.Write(part.Dropped);
        WriteLines(ref w, part.Lines);
    }

    public static OrderPart ReadOrder(ref MessagePackReader r, TrainingPlan plan)
    {
        int generation = r.ReadInt32(), first = r.ReadInt32(), total = r.ReadInt32();
        bool isFinal = r.ReadBoolean();
        var staleness = ReadCounts(ref r);
        long dropped = r.ReadInt64();
        return new OrderPart(generation, first, ReadLines(ref r, plan), total, isFinal, staleness, dropped);
    }

    private static void WriteLines(ref MessagePackWriter w, ImmutableArray<LogEntry> lines)
    {
        w.WriteArrayHeader(lines.Length);
        foreach (var line in lines)
        {
            w.Write(line.Worker);
            w.Write(line.Sequence);
            w.Write(line.Version);
            w.Write((line.IsCounted ? 1 : 0) + (line.IsFresh ? 2 : 0));
        }
    }

    private static ImmutableArray<LogEntry> ReadLines(ref MessagePackReader r, TrainingPlan plan)
    {
        int count = r.ReadArrayHeader();
        var lines = ImmutableArray.CreateBuilder<LogEntry>();
        for (int i = 0; i < count; i++)
        {
            int worker = r.ReadInt32();
            if (worker < LogEntry.StopSet || worker >= plan.ShardCount) throw Blobs.Misfit($"worker {worker}");
            long sequence = r.ReadInt64(), version = r.ReadInt64();
            int flags = r.ReadInt32();
            lines.Add(new LogEntry(worker, sequence, version, (flags & 1) != 0, (flags & 2) != 0));
        }
        return lines.ToImmutable();
    }

    private static void WriteCounts(ref MessagePackWriter w, ImmutableSortedDictionary<long, long> counts)
    {
        w.WriteMapHeader(counts.Count);
        foreach (var (key, count) in counts)
        {
            w.Write(key);
            w.Write(count);
        }
    }

    private static ImmutableSortedDictionary<long, long> ReadCounts(ref MessagePackReader r)
    {
        int count = r.ReadMapHeader();
        var counts = ImmutableSortedDictionary.CreateBuilder<long, long>();
        for (int i = 0; i < count; i++) counts[r.ReadInt64()] = r.ReadInt64();
        return counts.ToImmutable();
    }

    private static void WriteLongs(ref MessagePackWriter w, ImmutableArray<long> values)
    {
        w.WriteArrayHeader(values.Length);
        foreach (long value in values) w.Write(value);
    }

    private static ImmutableArray<long> ReadLongs(ref MessagePackReader r, TrainingPlan plan)
    {
        int count = r.ReadArrayHeader();
        if (count != plan.ShardCount) throw Blobs.Misfit($"{count} workers");
        var values = ImmutableArray.CreateBuilder<long>(count);
        for (int i = 0; i < count; i++) values.Add(r.ReadInt64());
        return values.MoveToImmutable();
    }

    private static double[] ReadDoubles(ref MessagePackReader r, int length)
    {
        if (r.ReadBytes() is not { } bytes || bytes.Length != (long)length * sizeof(double))
        {
            throw Blobs.Misfit("other mean squares");
        }
        double[] values = new double[length];
        System.Buffers.BuffersExtensions.CopyTo(bytes, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
