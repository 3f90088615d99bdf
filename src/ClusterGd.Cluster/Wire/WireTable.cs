using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Events;
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
        WireType.Of<NodeStatus>("status/1", 15,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NodeStatus)o;
                w.Write(m.Node);
                w.Write(m.Version);
                w.Write(m.Endpoint);
                w.Write(m.Fingerprint);
                w.Write(m.IsLeaving);
                w.Write(m.PreparedTerm);
                w.Write(m.ReadyTerm);
                WriteHoldings(ref w, m.Holdings);
                w.Write(m.Term);
                w.Write(m.IsEnding);
                w.Write(m.OldestVersion);
                w.Write(m.NewestVersion);
                w.Write(m.NewestSlice);
            },
            (ref MessagePackReader r) => new NodeStatus(
                r.ReadString()!, r.ReadInt64(), r.ReadString()!, r.ReadString()!, r.ReadBoolean(), r.ReadInt64(),
                r.ReadInt64(), ReadHoldings(ref r), r.ReadInt64(), r.ReadBoolean(),
                r.ReadInt64(), r.ReadInt64(), r.ReadInt64())),
        WireType.Of<RunDirective>("directive/1", 17, WriteDirective, ReadDirective),
        WireType.Of<Held>("held/1", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (Held)o;
                w.Write(m.Node);
                w.Write(m.Term);
                w.Write(m.NextStep);
            },
            (ref MessagePackReader r) => new Held(r.ReadString()!, r.ReadInt64(), r.ReadInt64())),
        WireType.Of<SliceReached>("reached/2", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (SliceReached)o;
                w.Write(m.Slice);
                w.Write(m.Step);
                w.Write(m.Generation);
            },
            (ref MessagePackReader r) => new SliceReached(r.ReadInt32(), r.ReadInt64(), r.ReadInt32())),
        WireType.Of<SliceReport>("report/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (SliceReport)o;
                w.Write(m.Generation);
                WriteNullable(ref w, m.Summary);
            },
            (ref MessagePackReader r) => new SliceReport(r.ReadInt32(), ReadNullable<SliceSummary>(ref r)!)),
        WireType.Of<ResultReceived>("result/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (ResultReceived)o;
                w.Write(m.Observer);
                w.Write(m.Generation);
            },
            (ref MessagePackReader r) => new ResultReceived(r.ReadString()!, r.ReadInt32())),
        WireType.Of<CheckpointHeld>("checkpoint/2", 4,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (CheckpointHeld)o;
                w.Write(m.Observer);
                w.Write(m.Generation);
                w.Write(m.Step);
                w.Write(m.Elapsed.Ticks);
            },
            (ref MessagePackReader r) => new CheckpointHeld(
                r.ReadString()!, r.ReadInt32(), r.ReadInt64(), TimeSpan.FromTicks(r.ReadInt64()))),
        WireType.Of<SliceSummary>("summary/1", 14,
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
                w.Write(m.Digest);
            },
            (ref MessagePackReader r) => new SliceSummary(
                r.ReadInt32(), r.ReadInt64(), r.ReadBoolean(), r.ReadDouble(), r.ReadInt64(), r.ReadDouble(),
                r.ReadDouble(), r.ReadDouble(), r.ReadDouble(), r.ReadDouble(), r.ReadInt64(), r.ReadDouble(),
                r.ReadInt64(), r.ReadUInt64())),
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
        WireType.Of<Divergence>("divergence/1", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (Divergence)o;
                w.Write(m.Step);
                w.Write(m.What);
                w.Write((int)m.End);
            },
            (ref MessagePackReader r) => new Divergence(r.ReadInt64(), r.ReadString()!, (RunEnd)r.ReadInt32())),
        WireType.Of<GradientRequest>("want-gradient/1", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (GradientRequest)o;
                w.Write(m.Step);
                w.Write((int)m.Pass);
                w.WriteInts(m.Shards);
            },
            (ref MessagePackReader r) => new GradientRequest(r.ReadInt64(), (Pass)r.ReadInt32(), r.ReadInts())),
        ModeWire.AssignmentRequests,
        ModeWire.OrderRequests,
        MemberWire.Reports,
        WireType.Of<SliceRequest>("want-slice/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (SliceRequest)o;
                w.Write(m.Slice);
                w.Write(m.Node);
            },
            (ref MessagePackReader r) => new SliceRequest(r.ReadInt32(), r.ReadString()!)),
        WireType.Of<StateRequest>("want-state/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (StateRequest)o;
                w.Write(m.Slice);
                w.Write(m.Node);
            },
            (ref MessagePackReader r) => new StateRequest(r.ReadInt32(), r.ReadString()!)),
        WireType.Of<BackupCounted>("counted/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (BackupCounted)o;
                w.Write(m.Slice);
                w.Write(m.Term);
            },
            (ref MessagePackReader r) => new BackupCounted(r.ReadInt32(), r.ReadInt64())),
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
        WireType.Of<RunOver>("over/2", 9, WriteRunOver, ReadRunOver),
        WireType.Of<StartRun>("start/1", 14, WriteStart, ReadStart),
        WireType.Of<RunRefused>("refused/2", 4,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (RunRefused)o;
                w.Write(m.RunId);
                w.Write(m.Node);
                w.Write(m.Reason);
                w.Write((int)m.Kind);
            },
            (ref MessagePackReader r) => new RunRefused(
                r.ReadUInt64(), r.ReadString()!, r.ReadString()!, (RefusalKind)r.ReadInt32())),
        WireType.Of<RunNews>("news/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (RunNews)o;
                w.Write(m.What);
                w.Write(m.WaitingSeconds);
            },
            (ref MessagePackReader r) => new RunNews(r.ReadString()!, r.ReadDouble())),
        WireType.Of<StepMade>("step/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (StepMade)o;
                w.Write(m.Step);
                w.Write(m.Loss);
            },
            (ref MessagePackReader r) => new StepMade(r.ReadInt64(), r.ReadDouble())),
        WireType.Of<StepTimes>("times/1", 10, StepTimesWire.Write, StepTimesWire.Read),
        LinkWire.Pulses,
        LinkWire.TakeOvers,
        LinkWire.Taken,
        LinkWire.Failures,
        WireType.Of<RecallRun>("recall/2", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (RecallRun)o;
                w.Write(m.Coordinator);
                w.Write(m.After);
            },
            (ref MessagePackReader r) => new RecallRun(r.ReadString()!, r.ReadInt64())),
        WireType.Of<RunMemory>("memory/3", 8, WriteMemory, ReadMemory),
        WireType.Of<StandInRequest>("stand-in/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (StandInRequest)o;
                w.Write(m.Step);
                w.WriteInts(m.Shards);
            },
            (ref MessagePackReader r) => new StandInRequest(r.ReadInt64(), r.ReadInts())),
        WireType.Of<NodeSlow>("slow/1", 2,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NodeSlow)o;
                w.Write(m.Node);
                w.Write(m.Term);
            },
            (ref MessagePackReader r) => new NodeSlow(r.ReadString()!, r.ReadInt64())),
        WireType.Of<NodeCounts>("counts/1", 3,
            (ref MessagePackWriter w, object o) =>
            {
                var m = (NodeCounts)o;
                w.Write(m.Node);
                w.Write(m.GradientsRecomputed);
                w.Write(m.DuplicatesCompared);
            },
            (ref MessagePackReader r) => new NodeCounts(r.ReadString()!, r.ReadInt64(), r.ReadInt64())),
        LinkWire.Reports,
        LinkWire.Evaluations,
    ];

    private static void WriteDirective(ref MessagePackWriter w, object o)
    {
        var m = (RunDirective)o;
        w.Write(m.Sequence);
        w.Write(m.Coordinator);
        WriteLayout(ref w, m.Layout);
        WriteLayout(ref w, m.Next);
        w.Write(m.Limit);
        w.Write(m.EvaluateAt);
        w.Write(m.IsHeld);
        w.Write(m.IsSettled);
        w.WriteInts(m.TrainShards);
        w.WriteInts(m.TestShards);
        w.Write(m.HasFullPass);
        w.Write(m.KeepBestStep);
        WriteEnding(ref w, m.Ending);
        if (m.Last is { } last) EvaluationWire.Write(ref w, last);
        else w.WriteNil();
        w.Write(m.CheckpointAt);
        w.Write(m.CoordinatorEndpoint);
        w.WriteInts(m.ValidationShards);
    }

    private static RunDirective ReadDirective(ref MessagePackReader r) => new(
        r.ReadInt64(), r.ReadString()!, ReadLayout(ref r)!, ReadLayout(ref r), r.ReadInt64(), r.ReadInt64(),
        r.ReadBoolean(), r.ReadBoolean(), r.ReadInts(), r.ReadInts(), r.ReadBoolean(), r.ReadInt64(),
        ReadEnding(ref r), r.TryReadNil() ? null : EvaluationWire.Read(ref r), r.ReadInt64(), r.ReadString()!)
    {
        ValidationShards = r.ReadInts(),
    };

    private static void WriteLayout(ref MessagePackWriter w, Layout? layout)
    {
        if (layout is null)
        {
            w.WriteNil();
            return;
        }
        // Thousands of shards have few hosts: each name stands there once.
        var names = layout.ShardHosts.Union(layout.SliceHosts).Union(layout.SliceSources).ToImmutableArray();
        w.WriteArrayHeader(11);
        w.Write(layout.Term);
        w.Write(layout.Generation);
        w.WriteStrings(layout.Nodes);
        w.WriteStrings(layout.Observers);
        w.WriteStrings(layout.Endpoints);
        w.WriteStrings(names);
        w.WriteInts([.. layout.ShardHosts.Select(host => names.IndexOf(host))]);
        w.WriteInts([.. layout.SliceHosts.Select(host => names.IndexOf(host))]);
        w.WriteInts([.. layout.SliceSources.Select(host => names.IndexOf(host))]);
        w.WriteArrayHeader(layout.SliceBackups.Length);
        foreach (var backups in layout.SliceBackups)
        {
            w.WriteStrings([.. backups.Select(backup => backup.Node)]);
            w.WriteLongs([.. backups.Select(backup => backup.Since)]);
        }
        w.Write(layout.Why);
    }

    private static Layout? ReadLayout(ref MessagePackReader r)
    {
        if (r.TryReadNil()) return null;
        r.ReadArrayHeader();
        long term = r.ReadInt64();
        int generation = r.ReadInt32();
        ImmutableArray<string> nodes = r.ReadStrings(), observers = r.ReadStrings(), endpoints = r.ReadStrings();
        var names = r.ReadStrings();
        return new Layout(
            term, generation, nodes, observers, endpoints, Named(r.ReadInts()), Named(r.ReadInts()),
            Named(r.ReadInts()), ReadBackups(ref r), r.ReadString() ?? "");

        ImmutableArray<string> Named(ImmutableArray<int> indices) => [.. indices.Select(Name)];

        string Name(int index) => (uint)index < (uint)names.Length
            ? names[index] : throw new MessagePackSerializationException(
                $"a layout has name {index} of {names.Length}");
    }

    private static ImmutableArray<ImmutableArray<SliceBackup>> ReadBackups(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var backups = ImmutableArray.CreateBuilder<ImmutableArray<SliceBackup>>();
        for (int i = 0; i < count; i++)
        {
            backups.Add([.. r.ReadStrings().Zip(r.ReadLongs(), (node, since) => new SliceBackup(node, since))]);
        }
        return backups.ToImmutable();
    }

    private static void WriteHoldings(ref MessagePackWriter w, SliceHoldings holdings)
    {
        w.WriteInts(holdings.Slices);
        w.WriteLongs(holdings.Steps);
        w.WriteLongs(holdings.BackupTerms);
    }

    private static SliceHoldings ReadHoldings(ref MessagePackReader r) =>
        new(r.ReadInts(), r.ReadLongs(), r.ReadLongs());

    private static void WriteEnding(ref MessagePackWriter w, RunEnding? ending)
    {
        if (ending is null)
        {
            w.WriteNil();
            return;
        }
        w.WriteArrayHeader(6);
        w.Write((int)ending.End);
        w.Write(ending.Reason);
        w.Write(ending.RestoresBest);
        w.Write(ending.Step);
        w.Write(ending.KeptStep);
        w.Write(ending.EndedAt);
    }

    private static RunEnding? ReadEnding(ref MessagePackReader r)
    {
        if (r.TryReadNil()) return null;
        r.ReadArrayHeader();
        return new RunEnding(
            (RunEnd)r.ReadInt32(), r.ReadString()!, r.ReadBoolean(), r.ReadInt64(), r.ReadInt64(), r.ReadInt64());
    }

    private static void WriteStart(ref MessagePackWriter w, object o)
    {
        var m = (StartRun)o;
        w.Write(m.RunId);
        w.Write(m.Job);
        w.Write(m.Data.Schema.FeatureCount);
        w.Write((int)m.Data.Schema.TargetKind);
        w.Write(m.Data.Schema.TargetCount);
        w.WriteStrings(m.Data.Schema.ClassNames);
        w.Write(m.Data.TrainCount);
        w.Write(m.Data.TestCount ?? -1);
        w.Write(m.Data.ContentHash);
        w.Write(m.NodesHoped);
        w.Write(m.Client);
        w.Write(m.ClientEndpoint);
        w.WriteDoubles(m.Data.Schema.ClassTotals);
        w.Write(m.Data.ValidationCount ?? -1);
    }

    private static StartRun ReadStart(ref MessagePackReader r)
    {
        ulong id = r.ReadUInt64();
        string job = r.ReadString()!;
        var schema = new DataSchema
        {
            FeatureCount = r.ReadInt32(), TargetKind = (TargetKind)r.ReadInt32(), TargetCount = r.ReadInt32(),
            ClassNames = r.ReadStrings(),
        };
        int train = r.ReadInt32(), test = r.ReadInt32();
        var start = new StartRun(
            id, job, new DataSummary(schema, train, test < 0 ? null : test, r.ReadString()!), r.ReadInt32(),
            r.ReadString()!, r.ReadString()!);
        start = start with { Data = start.Data with { Schema = schema with { ClassTotals = r.ReadDoubles() } } };
        int validation = r.ReadInt32();
        return start with { Data = start.Data with { ValidationCount = validation < 0 ? null : validation } };
    }

    private static void WriteMemory(ref MessagePackWriter w, object o)
    {
        var m = (RunMemory)o;
        w.Write(m.Node);
        WriteNullable(ref w, m.Directive);
        EvaluationWire.WriteAll(ref w, m.History);
        WriteHoldings(ref w, m.Holdings);
        WriteEnding(ref w, m.Ending);
        w.Write(m.AllowedStep);
        w.Write(m.HasMore);
    }

    private static RunMemory ReadMemory(ref MessagePackReader r)
    {
        string node = r.ReadString()!;
        var directive = ReadNullable<RunDirective>(ref r);
        return new RunMemory(
            node, directive, EvaluationWire.ReadAll(ref r), ReadHoldings(ref r), ReadEnding(ref r), r.ReadInt64(),
            r.ReadBoolean());
    }

    /// <summary>A message within another one.</summary>
    internal static void WriteNullable<T>(ref MessagePackWriter w, T? message) where T : class
    {
        if (message is null) w.WriteNil();
        else Row(typeof(T)).Write(ref w, message);
    }

    internal static T? ReadNullable<T>(ref MessagePackReader r) where T : class =>
        r.TryReadNil() ? null : (T)Row(typeof(T)).Read(ref r);

    private static WireType Row(Type type) => All.First(row => row.Type == type);

    /// <summary>Without the history, which grows without bound and is known where the result is wanted.</summary>
    private static void WriteRunOver(ref MessagePackWriter w, object o)
    {
        var m = ((RunOver)o).Outcome;
        w.Write((int)m.End);
        w.Write(m.HasParameters);
        w.Write(m.Reason);
        w.Write(m.Step);
        w.Write(m.Epoch);
        w.Write(m.TrainLoss);
        w.WriteNumbers(m.Metrics);
        w.Write(m.KeptStep);
        w.WriteNumbers(m.ValidationMetrics);
    }

    private static RunOver ReadRunOver(ref MessagePackReader r)
    {
        var outcome = new RunOutcome(
            (RunEnd)r.ReadInt32(), r.ReadBoolean(), r.ReadString()!, r.ReadInt64(), r.ReadInt32(),
            r.ReadDouble(), r.ReadNumbers(), [], r.ReadInt64());
        return new RunOver(outcome with { ValidationMetrics = r.ReadNumbers() });
    }
}
