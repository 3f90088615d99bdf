using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Wire;

/// <summary>Descriptions of what several messages, or messages and checkpoints, have in them.</summary>
internal static class WireParts
{
    public static RunDirective Directive(ref Fields f, RunDirective? m) => new(
        f.Of(m?.Coordinator), LayoutOfRun(ref f, m?.Layout))
    {
        Sequence = f.Of(m?.Sequence), CoordinatorEndpoint = f.Of(m?.CoordinatorEndpoint),
        Next = f.Optional(m?.Next, LayoutOfRun), Limit = f.Of(m?.Limit), IsHeld = f.Of(m?.IsHeld),
        IsSettled = f.Of(m?.IsSettled), EvaluateAt = f.Of(m?.EvaluateAt), TrainShards = f.Of(m?.TrainShards),
        TestShards = f.Of(m?.TestShards), ValidationShards = f.Of(m?.ValidationShards),
        HasFullPass = f.Of(m?.HasFullPass), Last = f.Optional(m?.Last, EvaluationOfRun),
        KeepBestStep = f.Optional(m?.KeepBestStep), CheckpointAt = f.Optional(m?.CheckpointAt),
        Ending = f.Optional(m?.Ending, Ending),
    };

    public static RunEnding Ending(ref Fields f, RunEnding? m) => new(
        f.Choice(m?.End), f.Of(m?.Reason), f.Of(m?.RestoresBest), f.Of(m?.Step), f.Of(m?.KeptStep), f.Of(m?.EndedAt));

    public static SliceHoldings Holdings(ref Fields f, SliceHoldings? m) =>
        new(f.List(m?.Slices, (ref f, slice) => new SliceHolding(
            f.Of(slice?.Slice), f.Of(slice?.Step), f.Optional(slice?.BackupTerm))));

    /// <summary>Also in checkpoints.</summary>
    public static Evaluation EvaluationOfRun(ref Fields f, Evaluation? m)
    {
        f.Count(15);
        return new Evaluation
        {
            Step = f.Of(m?.Step), Epoch = f.Of(m?.Epoch), TrainLoss = f.Of(m?.TrainLoss),
            GradientNorm = f.Of(m?.GradientNorm), GradientMaxNorm = f.Of(m?.GradientMaxNorm),
            StepGradientSquaredNorm = f.Of(m?.StepGradientSquaredNorm), StepGradientNoise = f.Of(m?.StepGradientNoise),
            ParameterNorm = f.Of(m?.ParameterNorm), ParameterChange = f.Of(m?.ParameterChange),
            Metrics = f.Of(m?.Metrics), LearningRate = f.Of(m?.LearningRate), Elapsed = f.Of(m?.Elapsed),
            Counted = f.List(m?.Counted, Counted), ValidationMetrics = f.Of(m?.ValidationMetrics),
            TrainMetrics = f.Of(m?.TrainMetrics),
        };
    }

    /// <summary>Also in checkpoints.</summary>
    public static SliceSummary SummaryOfSlice(ref Fields f, SliceSummary? m)
    {
        f.Count(14);
        return new SliceSummary(
            f.Of(m?.Slice), f.Of(m?.Step), f.Of(m?.IsFinal), f.Of(m?.LossSum), f.Of(m?.RowCount),
            f.Of(m?.SquaredNorm), f.Of(m?.SquaredChange), f.Of(m?.Penalty), f.Of(m?.LearningRate), f.Of(m?.NoiseSum),
            f.Of(m?.LeafCount), f.Of(m?.StepSquaredNormSum), f.Of(m?.StepCount), f.Of(m?.Digest));
    }

    /// <summary>Also in checkpoints.</summary>
    public static SliceGradient GradientOfSlice(ref Fields f, SliceGradient? m)
    {
        f.Count(6);
        return new SliceGradient(
            f.Of(m?.Slice), f.Of(m?.Step), f.Of(m?.LossSum), f.Of(m?.RowCount), f.Of(m?.SquaredNorm),
            f.Of(m?.MaxNorm));
    }

    public static SilentLink Silent(ref Fields f, SilentLink m) =>
        new(f.Of(m.From), f.Of(m.Silence), f.Of(m.IsLargeOnly), f.Of(m.IsOverdue));

    public static LossyLink Lossy(ref Fields f, LossyLink m) => new(f.Of(m.To), f.Of(m.Share));

    public static NodeTimes TimesOfNode(ref Fields f, NodeTimes? m) =>
        new(f.Of(m?.Node), f.Of(m?.ArrivedMs), f.Of(m?.ComputeMs), f.Of(m?.LastCount));

    public static SlowStep Slowest(ref Fields f, SlowStep? m) => new(
        f.Of(m?.Step), f.Of(m?.Ms), f.Of(m?.Node), f.Of(m?.FirstShard), f.Of(m?.LastShard), f.Of(m?.ArrivedMs),
        f.Of(m?.ComputeMs));

    /// <summary>What nodes need to know of it before they read it.</summary>
    public static DataSummary SummaryOfData(ref Fields f, DataSummary? m) => new(
        Schema(ref f, m?.Schema), f.Of(m?.TrainCount), f.Optional(m?.TestCount), f.Of(m?.ContentHash))
    {
        ValidationCount = f.Optional(m?.ValidationCount),
    };

    private static DataSchema Schema(ref Fields f, DataSchema? m) => new()
    {
        FeatureCount = f.Of(m?.FeatureCount), TargetKind = f.Choice(m?.TargetKind), TargetCount = f.Of(m?.TargetCount),
        ClassNames = f.Of(m?.ClassNames), ClassTotals = f.Of(m?.ClassTotals),
    };

    private static Layout LayoutOfRun(ref Fields f, Layout? m)
    {
        long term = f.Of(m?.Term);
        int generation = f.Of(m?.Generation);
        ImmutableArray<string> nodes = f.Of(m?.Nodes), observers = f.Of(m?.Observers), endpoints = f.Of(m?.Endpoints);
        // Thousands of shards have few hosts: each name stands there once.
        var names = f.Of(m?.ShardHosts.Union(m.SliceHosts).Union(m.SliceSources).ToImmutableArray());
        return new Layout(
            term, generation, nodes, observers, endpoints, Named(ref f, names, m?.ShardHosts),
            Named(ref f, names, m?.SliceHosts), Named(ref f, names, m?.SliceSources),
            f.List(m?.SliceBackups, Backups), f.Of(m?.Why));
    }

    private static ImmutableArray<string> Named(
        ref Fields f, ImmutableArray<string> names, ImmutableArray<string>? hosts)
    {
        var indices = f.Of(hosts?.Select(host => names.IndexOf(host)).ToImmutableArray());
        return [.. indices.Select(index => (uint)index < (uint)names.Length
            ? names[index] : throw Fields.Misfit($"name {index} of {names.Length}"))];
    }

    private static ImmutableArray<SliceBackup> Backups(ref Fields f, ImmutableArray<SliceBackup> m) =>
        f.List<SliceBackup>(m, Backup);

    private static SliceBackup Backup(ref Fields f, SliceBackup? m) => new(f.Of(m?.Node), f.Of(m?.Since));

    private static StepsCounted Counted(ref Fields f, StepsCounted m) =>
        new(f.Of(m.Steps), f.Of(m.Rows), f.Of(m.Digest));
}
