using ClusterGd.Core.Metrics;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// What the data plane carries as bytes, and checkpoints hold: rare, and too large for a control message. What is read
/// is refused where it does not fit the plan.
/// </summary>
internal static class Blobs
{
    public static byte[] Write(SliceState state) => Fields.Write(
        state, (ref f, m) => State(ref f, m, null),
        (int)Math.Min(Array.MaxLength / 2, 4L * sizeof(float) * state.Parameters.Length + 512));

    /// <remarks>Throws as <see cref="Fields.Read{T}"/>, and if it is no state of a slice of the plan.</remarks>
    public static SliceState ReadState(ReadOnlySpan<byte> bytes, TrainingPlan plan) =>
        Fields.Read<SliceState>(bytes.ToArray(), (ref f, m) => State(ref f, m, plan));

    public static byte[] Write(OrderPart part) =>
        Fields.Write(part, (ref f, m) => Order(ref f, m, null), 16 * part.Lines.Length + 256);

    /// <remarks>Throws as <see cref="Fields.Read{T}"/>, and if it is no part of an order of the plan.</remarks>
    public static OrderPart ReadOrder(ReadOnlySpan<byte> bytes, TrainingPlan plan) =>
        Fields.Read<OrderPart>(bytes.ToArray(), (ref f, m) => Order(ref f, m, plan));

    public static byte[] Write(EvaluationPart part) => Fields.Write(
        part, (ref f, m) => Evaluated(ref f, m, null),
        2 * sizeof(float) * (part.Sums.NegativeScores.Length + part.Sums.PositiveScores.Length) + 1024);

    /// <remarks>Throws as <see cref="Fields.Read{T}"/>, and if it is no part of an evaluation of the plan.</remarks>
    public static EvaluationPart ReadEvaluation(ReadOnlySpan<byte> bytes, TrainingPlan plan) =>
        Fields.Read<EvaluationPart>(bytes.ToArray(), (ref f, m) => Evaluated(ref f, m, plan));

    /// <param name="plan">What it has to fit; null where it is written.</param>
    private static SliceState State(ref Fields f, SliceState? m, TrainingPlan? plan)
    {
        int slice = Within(f.Of(m?.Slice), plan?.SliceCount, "slice");
        int? length = plan is null ? null : plan.SliceStarts[slice + 1] - plan.SliceStarts[slice];
        int? slots = plan?.UpdateRule.SlotCount;
        return new SliceState
        {
            Slice = slice, Step = f.Of(m?.Step), IsFinal = f.Of(m?.IsFinal), StepLoss = f.Of(m?.StepLoss),
            LearningRate = f.Of(m?.LearningRate), Statistics = Statistics(ref f, m?.Statistics),
            Parameters = f.Raw(m?.Parameters, length), Slot0 = f.Raw(m?.Slot0, slots is 0 ? 0 : length),
            Slot1 = f.Raw(m?.Slot1, slots is 0 or 1 ? 0 : length),
            Marked = f.OptionalRaw(m?.Marked, length), Best = f.OptionalRaw(m?.Best, length),
            LastSummary = f.Optional(m?.LastSummary, WireParts.SummaryOfSlice),
            LastGradient = f.Optional(m?.LastGradient, WireParts.GradientOfSlice),
            Mode = f.Optional(m?.Mode, (ref f, mode) => Mode(ref f, mode, plan)),
            LastSquaredNorm = f.Last(m?.LastSquaredNorm),
        };
    }

    private static SliceStatistics Statistics(ref Fields f, SliceStatistics? m) => new()
    {
        LossSum = f.Of(m?.LossSum), NoiseSum = f.Of(m?.NoiseSum), StepSquaredNormSum = f.Of(m?.StepSquaredNormSum),
        RowCount = f.Of(m?.RowCount), LeafCount = f.Of(m?.LeafCount), StepCount = f.Of(m?.StepCount),
        Digest = f.Of(m?.Digest),
    };

    private static ModeState Mode(ref Fields f, ModeState? m, TrainingPlan? plan)
    {
        long term = f.Of(m?.Term), version = f.Of(m?.Version);
        var next = f.Of(m?.Next);
        var since = f.Of(m?.StateSince);
        if (plan is not null && (next.Length != plan.ShardCount || since.Length != plan.ShardCount))
        {
            throw Fields.Misfit($"{next.Length} workers");
        }
        int? length = plan?.Model.ParameterCount;
        return new ModeState(
            term, version, next, since,
            f.Raw(m?.Velocity, plan is null or { Mode: LocalSteps } ? length : 0),
            f.Raw(m?.MeanSquare, plan is null or { Mode: Asynchronous { Compensation: DelayCompensation.Adaptive } }
                ? length : 0),
            f.Of(m?.Staleness), f.Of(m?.Dropped), f.Of(m?.RowsCounted),
            f.List(m?.Log, (ref f, line) => Line(ref f, line, plan)));
    }

    private static OrderPart Order(ref Fields f, OrderPart? m, TrainingPlan? plan)
    {
        int generation = f.Of(m?.Generation), first = f.Of(m?.First), total = f.Of(m?.Total);
        bool isFinal = f.Of(m?.IsFinal);
        var staleness = f.Of(m?.Staleness);
        long dropped = f.Of(m?.Dropped);
        var lines = f.List(m?.Lines, (ref f, line) => Line(ref f, line, plan));
        return new OrderPart(generation, first, lines, total, isFinal, staleness, dropped);
    }

    private static LogEntry Line(ref Fields f, LogEntry m, TrainingPlan? plan)
    {
        int worker = f.Of(m.Worker);
        if (worker < LogEntry.StopSet || worker >= plan?.ShardCount) throw Fields.Misfit($"worker {worker}");
        long sequence = f.Of(m.Sequence), version = f.Of(m.Version);
        int flags = f.Of((m.IsCounted ? 1 : 0) + (m.IsFresh ? 2 : 0));
        return new LogEntry(worker, sequence, version, (flags & 1) != 0, (flags & 2) != 0);
    }

    private static EvaluationPart Evaluated(ref Fields f, EvaluationPart? m, TrainingPlan? plan) => new(
        f.Of(m?.Step), f.Of(m?.IsFinal), f.Choice(m?.Set), Within(f.Of(m?.Shard), plan?.ShardCount, "shard"),
        Sums(ref f, m?.Sums));

    private static MetricSums Sums(ref Fields f, MetricSums? m) => new()
    {
        Count = f.Of(m?.Count), CorrectCount = f.Of(m?.CorrectCount), TargetCount = f.Of(m?.TargetCount),
        LossSum = Sum(ref f, m?.LossSum), LogLossSum = Sum(ref f, m?.LogLossSum),
        SquaredErrorSum = Sum(ref f, m?.SquaredErrorSum), AbsoluteErrorSum = Sum(ref f, m?.AbsoluteErrorSum),
        TargetSum = Sum(ref f, m?.TargetSum), TargetSquareSum = Sum(ref f, m?.TargetSquareSum),
        WeightSum = Sum(ref f, m?.WeightSum), ObjectiveSum = Sum(ref f, m?.ObjectiveSum),
        CorrectWeightSum = Sum(ref f, m?.CorrectWeightSum), CorrectLabelSum = Sum(ref f, m?.CorrectLabelSum),
        NegativeScores = f.Raw(m?.NegativeScores), PositiveScores = f.Raw(m?.PositiveScores),
        NegativeWeights = f.Raw(m?.NegativeWeights), PositiveWeights = f.Raw(m?.PositiveWeights),
    };

    private static ExactSum Sum(ref Fields f, ExactSum? m) => new(f.Of(m?.Parts));

    private static int Within(int index, int? count, string what) =>
        index >= 0 && !(index >= count) ? index : throw Fields.Misfit($"{what} {index} of {count}");
}
