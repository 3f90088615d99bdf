using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
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

    private static TrainingPlan NewPlan()
    {
        var (job, data) = TestJobs.Named("mlp");
        return new TrainingPlan(job, data);
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
        });
    }
}
