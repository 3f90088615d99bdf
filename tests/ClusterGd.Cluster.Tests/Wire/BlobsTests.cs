using System.Collections.Immutable;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using MessagePack;
using Xunit;

namespace ClusterGd.Cluster.Tests.Wire;

public class BlobsTests
{
    private static readonly TrainingPlan s_plan = NewPlan();
    private static readonly byte[] s_state = Blobs.Write(State());
    private static readonly byte[] s_evaluation = Blobs.Write(Evaluation());

    private static readonly ImmutableArray<LogEntry> s_lines =
    [
        new(LogEntry.TermBegins, 1L << 44, 0, false), new(LogEntry.StopSet, 32, 0, false), new(3, 5, 17, true),
        new(0, 6, 300, false), new(1, 7, 2, true, true),
    ];

    [Fact]
    public void State_WrittenAndRead_IsTheSame()
    {
        var read = Blobs.ReadState(s_state, s_plan);

        Assert.Equal(s_state, Blobs.Write(read));
        Assert.Equal(State().Slot1, read.Slot1);
        Assert.Null(read.Best);
        Assert.Equal(State().LastSummary, read.LastSummary);
    }

    [Fact]
    public void Evaluation_WrittenAndRead_IsTheSame()
    {
        var read = Blobs.ReadEvaluation(s_evaluation, s_plan);

        Assert.Equal(s_evaluation, Blobs.Write(read));
        Assert.Equal(0.1 + 1e30, read.Sums.LossSum.Value);
        Assert.Equal([0.25f, 0.5f], read.Sums.NegativeScores.AsEnumerable());
        Assert.Equal([2f, 3], read.Sums.NegativeWeights.AsEnumerable());
        Assert.Equal([4f], read.Sums.PositiveWeights.AsEnumerable());
        Assert.Equal(0.1 + 1e30, read.Sums.CorrectLabelSum.Value);
    }

    [Fact]
    public void State_OfAMode_WrittenAndRead_IsTheSame()
    {
        var plan = NewPlan(Component.Of("asynchronous", ("compensation", "adaptive")));
        byte[] bytes = Blobs.Write(ModeState(plan));
        var read = Blobs.ReadState(bytes, plan);

        Assert.Equal(bytes, Blobs.Write(read));
        Assert.Equal(ModeState(plan).Mode!.Log.AsEnumerable(), read.Mode!.Log.AsEnumerable());
        Assert.Equal(ModeState(plan).Mode!.MeanSquare, read.Mode.MeanSquare);
        for (int length = 1; length < bytes.Length; length += length > bytes.Length - 200 ? 1 : 97)
        {
            AssertRefused(() => Blobs.ReadState(bytes.AsSpan(0, length), plan));
        }
    }

    /// <summary>It is at the end, so that what an older version has written is read as well.</summary>
    [Fact]
    public void State_WithAndWithoutANorm_IsReadAsItWas()
    {
        byte[] without = Blobs.Write(State()), with = Blobs.Write(State() with { LastSquaredNorm = 2.5 });

        Assert.Null(Blobs.ReadState(without, s_plan).LastSquaredNorm);
        Assert.Equal(2.5, Blobs.ReadState(with, s_plan).LastSquaredNorm);
        Assert.Equal(without, with[..without.Length]);
    }

    [Fact]
    public void Order_WrittenAndRead_IsTheSame()
    {
        var part = new OrderPart(
            2, 100, s_lines, 102, true, ImmutableSortedDictionary<long, long>.Empty.Add(0, 5).Add(3, 1), 4);
        byte[] bytes = Blobs.Write(part);
        var read = Blobs.ReadOrder(bytes, s_plan);

        Assert.Equal(bytes, Blobs.Write(read));
        Assert.Equal(part.Lines.AsEnumerable(), read.Lines.AsEnumerable());
        Assert.Equal((2, 100, 102, true, 4L), (read.Generation, read.First, read.Total, read.IsFinal, read.Dropped));
        for (int length = 0; length < bytes.Length; length++)
        {
            AssertRefused(() => Blobs.ReadOrder(bytes.AsSpan(0, length), s_plan));
        }
    }

    [Fact]
    public void Blobs_CutAnywhere_AreRefused()
    {
        for (int length = 0; length < s_state.Length; length += length < 200 ? 1 : 97)
        {
            AssertRefused(() => Blobs.ReadState(s_state.AsSpan(0, length), s_plan));
        }
        for (int length = 0; length < s_evaluation.Length; length++)
        {
            AssertRefused(() => Blobs.ReadEvaluation(s_evaluation.AsSpan(0, length), s_plan));
        }
    }

    [Fact]
    public void State_OfAnotherPlan_IsRefused()
    {
        var (job, data) = TestJobs.Named("kmeans");
        AssertRefused(() => Blobs.ReadState(s_state, new TrainingPlan(job, data)));
    }

    private static void AssertRefused(Action read)
    {
        var refused = Record.Exception(read);
        Assert.True(refused is MessagePackSerializationException or EndOfStreamException, $"{refused}");
    }

    private static TrainingPlan NewPlan(Component? mode = null)
    {
        var (job, data) = TestJobs.Named("mlp");
        if (mode is not null) job = job with { Training = job.Training with { Mode = mode } };
        return new TrainingPlan(job, data);
    }

    private static SliceState ModeState(TrainingPlan plan)
    {
        int length = plan.Model.ParameterCount;
        return new SliceState
        {
            Slice = 0, Step = 42, IsFinal = false, StepLoss = 0.5, Statistics = default, Parameters = new float[length],
            Slot0 = new float[length], Slot1 = new float[length],
            Mode = new ModeState(
                7, 336, [.. Enumerable.Range(40, plan.ShardCount).Select(next => (long)next)],
                [.. new long[plan.ShardCount]], [],
                [.. Enumerable.Range(0, length).Select(i => i / 8.0)],
                ImmutableSortedDictionary<long, long>.Empty.Add(7, 300), 3, 9000, s_lines),
        };
    }

    private static SliceState State()
    {
        float[] Floats(float first) =>
            [.. Enumerable.Range(0, s_plan.SliceStarts[2] - s_plan.SliceStarts[1]).Select(i => first + i)];
        return new SliceState
        {
            Slice = 1, Step = 42, IsFinal = false, StepLoss = 0.5, LearningRate = 0.01,
            Statistics = new SliceStatistics { LossSum = 3.5, RowCount = 7, StepCount = 2 },
            Parameters = Floats(1), Slot0 = Floats(2), Slot1 = Floats(3), Marked = Floats(4),
            LastSummary = new SliceSummary(1, 40, false, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        };
    }

    private static EvaluationPart Evaluation()
    {
        var sum = new ExactSum.Builder();
        sum.Add(1e30);
        sum.Add(0.1);
        return new EvaluationPart(42, true, RowSet.Test, 3, new MetricSums
        {
            Count = 5, CorrectCount = 3, TargetCount = 5, LossSum = sum.ToSum(), NegativeScores = [0.25f, 0.5f],
            WeightSum = sum.ToSum(), CorrectLabelSum = sum.ToSum(), NegativeWeights = [2, 3], PositiveWeights = [4],
        });
    }
}
