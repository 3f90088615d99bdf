using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// What the data plane carries as bytes, in MessagePack: rare, and too large for a control message. What is read is
/// bounded by the bytes that came, and refused where it does not fit the plan.
/// </summary>
internal static class Blobs
{
    public static byte[] Write(SliceState state)
    {
        var buffer = new ArrayBufferWriter<byte>(4 * sizeof(float) * state.Parameters.Length + 512);
        var w = new MessagePackWriter(buffer);
        w.Write(state.Slice);
        w.Write(state.Step);
        w.Write(state.IsFinal);
        w.Write(state.StepLoss);
        w.Write(state.LearningRate);
        var statistics = state.Statistics;
        w.Write(statistics.LossSum);
        w.Write(statistics.NoiseSum);
        w.Write(statistics.StepSquaredNormSum);
        w.Write(statistics.RowCount);
        w.Write(statistics.LeafCount);
        w.Write(statistics.StepCount);
        w.Write(statistics.Digest);
        WriteFloats(ref w, state.Parameters);
        WriteFloats(ref w, state.Slot0);
        WriteFloats(ref w, state.Slot1);
        WriteFloats(ref w, state.Marked);
        WriteFloats(ref w, state.Best);
        WireTable.WriteNullable(ref w, state.LastSummary);
        WireTable.WriteNullable(ref w, state.LastGradient);
        ModeBlobs.Write(ref w, state.Mode);
        if (state.LastSquaredNorm is { } squared) w.Write(squared);
        w.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <remarks>
    /// Throws MessagePackSerializationException where the bytes are no state of a slice of this plan.
    /// </remarks>
    public static SliceState ReadState(ReadOnlySpan<byte> bytes, TrainingPlan plan)
    {
        var r = new MessagePackReader(bytes.ToArray());
        int slice = r.ReadInt32();
        if (slice < 0 || slice >= plan.SliceCount) throw Misfit($"slice {slice} of {plan.SliceCount}");
        int length = plan.SliceStarts[slice + 1] - plan.SliceStarts[slice];
        long step = r.ReadInt64();
        bool isFinal = r.ReadBoolean();
        double stepLoss = r.ReadDouble(), learningRate = r.ReadDouble();
        var statistics = new SliceStatistics
        {
            LossSum = r.ReadDouble(), NoiseSum = r.ReadDouble(), StepSquaredNormSum = r.ReadDouble(),
            RowCount = r.ReadInt64(), LeafCount = r.ReadInt64(), StepCount = r.ReadInt64(),
            Digest = r.ReadUInt64(),
        };
        int slots = plan.UpdateRule.SlotCount;
        return new SliceState
        {
            Slice = slice, Step = step, IsFinal = isFinal, StepLoss = stepLoss, LearningRate = learningRate,
            Statistics = statistics, Parameters = ReadFloats(ref r, length)!,
            Slot0 = ReadFloats(ref r, slots > 0 ? length : 0)!, Slot1 = ReadFloats(ref r, slots > 1 ? length : 0)!,
            Marked = ReadFloats(ref r, length, isNullable: true), Best = ReadFloats(ref r, length, isNullable: true),
            LastSummary = WireTable.ReadNullable<SliceSummary>(ref r),
            LastGradient = WireTable.ReadNullable<SliceGradient>(ref r),
            Mode = ModeBlobs.ReadState(ref r, plan), LastSquaredNorm = r.End ? null : r.ReadDouble(),
        };
    }

    public static byte[] Write(OrderPart part)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * part.Lines.Length + 256);
        var w = new MessagePackWriter(buffer);
        ModeBlobs.Write(ref w, part);
        w.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <remarks>Throws MessagePackSerializationException where they are no lines of it.</remarks>
    public static OrderPart ReadOrder(ReadOnlySpan<byte> bytes, TrainingPlan plan)
    {
        var r = new MessagePackReader(bytes.ToArray());
        return ModeBlobs.ReadOrder(ref r, plan);
    }

    public static byte[] Write(EvaluationPart part)
    {
        var sums = part.Sums;
        var buffer = new ArrayBufferWriter<byte>(
            2 * sizeof(float) * (sums.NegativeScores.Length + sums.PositiveScores.Length) + 1024);
        var w = new MessagePackWriter(buffer);
        w.Write(part.Step);
        w.Write(part.IsFinal);
        w.Write((int)part.Set);
        w.Write(part.Shard);
        w.Write(sums.Count);
        w.Write(sums.CorrectCount);
        w.Write(sums.TargetCount);
        foreach (var sum in new[]
        {
            sums.LossSum, sums.LogLossSum, sums.SquaredErrorSum, sums.AbsoluteErrorSum, sums.TargetSum,
            sums.TargetSquareSum, sums.WeightSum, sums.ObjectiveSum, sums.CorrectWeightSum, sums.CorrectLabelSum,
        })
        {
            w.WriteArrayHeader(sum.Parts.Length);
            foreach (double value in sum.Parts) w.Write(value);
        }
        WriteFloats(ref w, sums.NegativeScores.AsSpan());
        WriteFloats(ref w, sums.PositiveScores.AsSpan());
        WriteFloats(ref w, sums.NegativeWeights.AsSpan());
        WriteFloats(ref w, sums.PositiveWeights.AsSpan());
        w.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <remarks>Throws MessagePackSerializationException where they are no part of an evaluation of it.</remarks>
    public static EvaluationPart ReadEvaluation(ReadOnlySpan<byte> bytes, TrainingPlan plan)
    {
        var r = new MessagePackReader(bytes.ToArray());
        long step = r.ReadInt64();
        bool isFinal = r.ReadBoolean();
        int set = r.ReadInt32(), shard = r.ReadInt32();
        if (set is < 0 or >= RowSets.Count) throw Misfit($"row set {set}");
        if (shard < 0 || shard >= plan.ShardCount) throw Misfit($"shard {shard} of {plan.ShardCount}");
        var sums = new MetricSums
        {
            Count = r.ReadInt32(), CorrectCount = r.ReadInt32(), TargetCount = r.ReadInt32(), LossSum = ReadSum(ref r),
            LogLossSum = ReadSum(ref r), SquaredErrorSum = ReadSum(ref r), AbsoluteErrorSum = ReadSum(ref r),
            TargetSum = ReadSum(ref r), TargetSquareSum = ReadSum(ref r),
            WeightSum = ReadSum(ref r), ObjectiveSum = ReadSum(ref r), CorrectWeightSum = ReadSum(ref r),
            CorrectLabelSum = ReadSum(ref r), NegativeScores = ReadArray(ref r), PositiveScores = ReadArray(ref r),
            NegativeWeights = ReadArray(ref r), PositiveWeights = ReadArray(ref r),
        };
        return new EvaluationPart(step, isFinal, (RowSet)set, shard, sums);
    }

    internal static void WriteFloats(ref MessagePackWriter w, float[]? values)
    {
        if (values is null) w.WriteNil();
        else WriteFloats(ref w, values.AsSpan());
    }

    private static void WriteFloats(ref MessagePackWriter w, ReadOnlySpan<float> values) =>
        w.Write(MemoryMarshal.AsBytes(values));

    /// <param name="length">What there must be; negative for any.</param>
    internal static float[]? ReadFloats(ref MessagePackReader r, int length, bool isNullable = false)
    {
        if (r.ReadBytes() is not { } bytes)
        {
            return isNullable ? null : throw Misfit("no floats");
        }
        if (bytes.Length % sizeof(float) != 0 || length >= 0 && bytes.Length != (long)length * sizeof(float))
        {
            throw Misfit($"{bytes.Length} bytes where {length} floats are due");
        }
        float[] values = new float[bytes.Length / sizeof(float)];
        bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static ImmutableArray<float> ReadArray(ref MessagePackReader r) =>
        ImmutableCollectionsMarshal.AsImmutableArray(ReadFloats(ref r, -1));

    private static ExactSum ReadSum(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var parts = ImmutableArray.CreateBuilder<double>();
        for (int i = 0; i < count; i++) parts.Add(r.ReadDouble());
        return new ExactSum(parts.ToImmutable());
    }

    internal static MessagePackSerializationException Misfit(string what) =>
        new($"it has {what}, which this run has not");
}
