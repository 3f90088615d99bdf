using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;

namespace ClusterGd.Cluster.Tests.Storage;

/// <summary>Checkpoints of made-up numbers that use every field.</summary>
internal static class TestCheckpoints
{
    /// <param name="job">One of <see cref="TestJobs"/>.</param>
    /// <param name="sliceSize">Parameters of a slice.</param>
    public static TrainingPlan Plan(string job, int sliceSize = 1024)
    {
        var (made, data) = TestJobs.Named(job);
        return new TrainingPlan(made with { Training = made.Training with { SliceSize = sliceSize } }, data);
    }

    public static Checkpoint Make(TrainingPlan plan, long step)
    {
        float next = step;
        int slots = plan.UpdateRule.SlotCount;
        return new Checkpoint(step, TimeSpan.FromSeconds(12.5),
            [new Evaluation { Step = 1, Epoch = 0, TrainLoss = 0.5, Elapsed = TimeSpan.FromSeconds(2) }],
            [.. Enumerable.Range(0, plan.SliceCount).Select(slice =>
            {
                int length = plan.SliceStarts[slice + 1] - plan.SliceStarts[slice];
                return new SliceState
                {
                    Slice = slice, Step = step, IsFinal = false, StepLoss = 0.25, LearningRate = 0.125,
                    Statistics = new SliceStatistics { LossSum = 1.5, RowCount = 3, StepCount = 1 },
                    Parameters = Floats(length), Slot0 = Floats(slots > 0 ? length : 0),
                    Slot1 = Floats(slots > 1 ? length : 0), Marked = Floats(length), Best = Floats(length),
                    LastSummary = new SliceSummary(slice, 1, false, 3.5, 4, 5.5, 6.5, 7.5, 8.5, 9.5, 10, 11.5, 12),
                    LastGradient = new SliceGradient(slice, 1, 3.5, 4, 5.5, 6.5),
                };
            })]);

        float[] Floats(int length) => [.. Enumerable.Range(0, length).Select(_ => next += 0.75f)];
    }

    public static byte[] Bytes(TrainingPlan plan, Checkpoint checkpoint)
    {
        using var file = new MemoryStream();
        CheckpointFile.Write(file, CheckpointHeader.Of(7, plan, checkpoint.Step), checkpoint);
        return file.ToArray();
    }

    /// <summary>Null where the bytes are whole, else what is wrong with them.</summary>
    public static string? Damage(byte[] bytes)
    {
        try
        {
            CheckpointFile.Verify(new MemoryStream(bytes));
            return null;
        }
        catch (CheckpointException damage)
        {
            return damage.Message;
        }
    }
}
