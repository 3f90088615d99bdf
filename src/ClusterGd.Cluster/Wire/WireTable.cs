using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// Every control message that may leave a process. Append only: a field is added at the end, a changed message gets a
/// new row with the next version; old rows stay readable.
/// </summary>
public static class WireTable
{
    public static readonly ImmutableArray<WireType> All =
    [
        WireType.Of<HostEntity>("host/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (HostEntity)o;
                w.Write((int)m.Kind);
                w.Write(m.Index);
            },
            (ref MessagePackReader r) => new HostEntity((EntityKind)r.ReadInt32(), r.ReadInt32())),
        WireType.Of<NodeStatus>("status/1", 5,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NodeStatus)o;
                w.Write(m.Node);
                w.Write(m.Fingerprint);
                w.WriteInts(m.Shards);
                w.WriteInts(m.Slices);
                w.WriteLongs(m.SliceSteps);
            },
            (ref MessagePackReader r) =>
                new NodeStatus(r.ReadString()!, r.ReadString()!, r.ReadInts(), r.ReadInts(), r.ReadLongs())),
        WireType.Of<RunDirective>("directive/1", 13, WriteDirective, ReadDirective),
        WireType.Of<Held>("held/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (Held)o;
                w.Write(m.Node);
                w.Write(m.NextStep);
            },
            (ref MessagePackReader r) => new Held(r.ReadString()!, r.ReadInt64())),
        WireType.Of<SliceSummary>("summary/1", 13,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (SliceSummary)o;
                w.Write(m.Slice);
                w.Write(m.Step);
                w.Write(m.IsFinal);
                w.Write(m.LossSum);
                w.Write(m.RowCount);
                w.Write(m.SquaredNorm);
                w.Write(m.SquaredChange);
                w.Write(m.Penalty);
                w.Write(m.LearningRate);
                w.Write(m.NoiseSum);
                w.Write(m.LeafCount);
                w.Write(m.StepSquaredNormSum);
                w.Write(m.StepCount);
            },
            (ref MessagePackReader r) => new SliceSummary(
                r.ReadInt32(), r.ReadInt64(), r.ReadBoolean(), r.ReadDouble(), r.ReadInt64(), r.ReadDouble(),
                r.ReadDouble(), r.ReadDouble(), r.ReadDouble(), r.ReadDouble(), r.ReadInt64(), r.ReadDouble(),
                r.ReadInt64())),
        WireType.Of<SliceGradient>("gradient/1", 6,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (SliceGradient)o;
                w.Write(m.Slice);
                w.Write(m.Step);
                w.Write(m.LossSum);
                w.Write(m.RowCount);
                w.Write(m.SquaredNorm);
                w.Write(m.MaxNorm);
            },
            (ref MessagePackReader r) => new SliceGradient(
                r.ReadInt32(), r.ReadInt64(), r.ReadDouble(), r.ReadInt64(), r.ReadDouble(), r.ReadDouble())),
        WireType.Of<Divergence>("divergence/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (Divergence)o;
                w.Write(m.Step);
                w.Write(m.What);
            },
            (ref MessagePackReader r) => new Divergence(r.ReadInt64(), r.ReadString()!)),
        WireType.Of<GradientRequest>("want-gradient/1", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (GradientRequest)o;
                w.Write(m.Step);
                w.Write((int)m.Pass);
                w.WriteInts(m.Shards);
            },
            (ref MessagePackReader r) => new GradientRequest(r.ReadInt64(), (Pass)r.ReadInt32(), r.ReadInts())),
        WireType.Of<SliceRequest>("want-slice/1", 1,
            (ref MessagePackWriter w, object o) => w.Write(((SliceRequest)o).Slice),
            (ref MessagePackReader r) => new SliceRequest(r.ReadInt32())),
        WireType.Of<NormFor>("norm/1", 4,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NormFor)o;
                w.Write(m.Slice);
                w.Write(m.Norm.Slice);
                w.Write(m.Norm.Step);
                w.Write(m.Norm.SquaredNorm);
            },
            (ref MessagePackReader r) =>
                new NormFor(r.ReadInt32(), new SliceNorm(r.ReadInt32(), r.ReadInt64(), r.ReadDouble()))),
        WireType.Of<NormRequest>("want-norm/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NormRequest)o;
                w.Write(m.Slice);
                w.Write(m.Step);
            },
            (ref MessagePackReader r) => new NormRequest(r.ReadInt32(), r.ReadInt64())),
        WireType.Of<InterruptRun>("interrupt/1", 0,
            (ref MessagePackWriter w, object o) => { },
            (ref MessagePackReader r) => new InterruptRun()),
        WireType.Of<RunOver>("over/1", 7, WriteRunOver, ReadRunOver),
    ];

    private static void WriteDirective(ref MessagePackWriter w, object o)
    {
        var m = (RunDirective)o;
        w.Write(m.Sequence);
        w.Write(m.Layout.Term);
        w.WriteStrings(m.Layout.Nodes);
        w.WriteStrings(m.Layout.ShardHosts);
        w.WriteStrings(m.Layout.SliceHosts);
        w.Write(m.Limit);
        w.Write(m.IsHeld);
        w.WriteInts(m.TrainShards);
        w.WriteInts(m.TestShards);
        w.Write(m.HasFullPass);
        w.Write(m.KeepBestStep);
        w.Write(m.IsFinishing);
        w.Write(m.RestoreBest);
    }

    private static RunDirective ReadDirective(ref MessagePackReader r) => new(
        r.ReadInt64(), new Layout(r.ReadInt64(), r.ReadStrings(), r.ReadStrings(), r.ReadStrings()), r.ReadInt64(),
        r.ReadBoolean(), r.ReadInts(), r.ReadInts(), r.ReadBoolean(), r.ReadInt64(), r.ReadBoolean(), r.ReadBoolean());

    private static void WriteRunOver(ref MessagePackWriter w, object o)
    {
        var m = ((RunOver)o).Outcome;
        w.Write((int)m.End);
        w.Write(m.Reason);
        w.Write(m.Step);
        w.Write(m.Epoch);
        w.Write(m.TrainLoss);
        w.WriteNumbers(m.Metrics);
        w.WriteArrayHeader(m.History.Length);
        foreach (var evaluation in m.History) WriteEvaluation(ref w, evaluation);
    }

    private static RunOver ReadRunOver(ref MessagePackReader r)
    {
        var outcome = new RunOutcome(
            (RunEnd)r.ReadInt32(), r.ReadString()!, r.ReadInt64(), r.ReadInt32(), r.ReadDouble(), r.ReadNumbers(), []);
        int count = r.ReadArrayHeader();
        var history = ImmutableArray.CreateBuilder<Evaluation>();
        for (int i = 0; i < count; i++) history.Add(ReadEvaluation(ref r));
        return new RunOver(outcome with { History = history.ToImmutable() });
    }

    private static void WriteEvaluation(ref MessagePackWriter w, Evaluation e)
    {
        w.WriteArrayHeader(12);
        w.Write(e.Step);
        w.Write(e.Epoch);
        w.Write(e.TrainLoss);
        w.Write(e.GradientNorm);
        w.Write(e.GradientMaxNorm);
        w.Write(e.StepGradientSquaredNorm);
        w.Write(e.StepGradientNoise);
        w.Write(e.ParameterNorm);
        w.Write(e.ParameterChange);
        w.WriteNumbers(e.Metrics);
        w.Write(e.LearningRate);
        w.Write(e.Elapsed.Ticks);
    }

    private static Evaluation ReadEvaluation(ref MessagePackReader r)
    {
        r.ReadArrayHeader();
        return new Evaluation
        {
            Step = r.ReadInt64(), Epoch = r.ReadInt32(), TrainLoss = r.ReadDouble(), GradientNorm = r.ReadDouble(),
            GradientMaxNorm = r.ReadDouble(), StepGradientSquaredNorm = r.ReadDouble(),
            StepGradientNoise = r.ReadDouble(), ParameterNorm = r.ReadDouble(), ParameterChange = r.ReadDouble(),
            Metrics = r.ReadNumbers(),
            LearningRate = r.ReadDouble(), Elapsed = TimeSpan.FromTicks(r.ReadInt64()),
        };
    }
}
