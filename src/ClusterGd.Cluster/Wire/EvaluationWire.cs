using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>Evaluations, which several messages and the checkpoints carry.</summary>
internal static class EvaluationWire
{
    internal static void WriteAll(ref MessagePackWriter w, ImmutableArray<Evaluation> evaluations)
    {
        w.WriteArrayHeader(evaluations.Length);
        foreach (var evaluation in evaluations) Write(ref w, evaluation);
    }

    internal static ImmutableArray<Evaluation> ReadAll(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var evaluations = ImmutableArray.CreateBuilder<Evaluation>();
        for (int i = 0; i < count; i++) evaluations.Add(Read(ref r));
        return evaluations.ToImmutable();
    }

    internal static void Write(ref MessagePackWriter w, Evaluation e)
    {
        w.WriteArrayHeader(15);
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
        w.WriteArrayHeader(e.Counted.Length);
        foreach (var counted in e.Counted)
        {
            w.Write(counted.Steps);
            w.Write(counted.Rows);
            w.Write(counted.Digest);
        }
        w.WriteNumbers(e.ValidationMetrics);
        w.WriteNumbers(e.TrainMetrics);
    }

    internal static Evaluation Read(ref MessagePackReader r)
    {
        r.ReadArrayHeader();
        return new Evaluation
        {
            Step = r.ReadInt64(), Epoch = r.ReadInt32(), TrainLoss = r.ReadDouble(), GradientNorm = r.ReadDouble(),
            GradientMaxNorm = r.ReadDouble(), StepGradientSquaredNorm = r.ReadDouble(),
            StepGradientNoise = r.ReadDouble(), ParameterNorm = r.ReadDouble(), ParameterChange = r.ReadDouble(),
            Metrics = r.ReadNumbers(),
            LearningRate = r.ReadDouble(), Elapsed = TimeSpan.FromTicks(r.ReadInt64()), Counted = ReadCounted(ref r),
            ValidationMetrics = r.ReadNumbers(), TrainMetrics = r.ReadNumbers(),
        };
    }

    private static ImmutableArray<StepsCounted> ReadCounted(ref MessagePackReader r)
    {
        int count = r.ReadArrayHeader();
        var counted = ImmutableArray.CreateBuilder<StepsCounted>();
        for (int i = 0; i < count; i++) counted.Add(new StepsCounted(r.ReadInt64(), r.ReadInt64(), r.ReadUInt64()));
        return counted.ToImmutable();
    }
}
