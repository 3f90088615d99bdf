using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

public class SendQueueTests
{
    private const int FloatCount = 100, Cost = OutgoingFrame.OverheadBytes + FloatCount * 4;
    private readonly FloatPool _pool = new(FloatCount);
    private readonly OutgoingFrame[] _batch = new OutgoingFrame[10];

    [Fact]
    public void Take_SeveralKinds_GivesThemInTheOrderTheyCame()
    {
        var queue = new SendQueue(10 * Cost);
        Add(queue, FrameKind.GradientPart, 1);
        Add(queue, FrameKind.EvaluationPart, 2);
        Add(queue, FrameKind.GradientPart, 3);

        Assert.Equal([1L, 2L, 3L], Steps(queue));
    }

    [Fact]
    public void Add_Full_DropsTheOldestOfItsKind()
    {
        var queue = new SendQueue(3 * Cost);
        Add(queue, FrameKind.EvaluationPart, 1);
        Add(queue, FrameKind.GradientPart, 2);
        Add(queue, FrameKind.GradientPart, 3);
        Add(queue, FrameKind.GradientPart, 4);

        Assert.Equal((1, 3 * Cost), (queue.DroppedCount, queue.Bytes));
        Assert.Equal([1L, 3L, 4L], Steps(queue));
    }

    [Fact]
    public void Add_FullOfOtherKinds_DropsTheOldestOfAll()
    {
        var queue = new SendQueue(2 * Cost);
        Add(queue, FrameKind.GradientPart, 1);
        Add(queue, FrameKind.GradientPart, 2);
        Add(queue, FrameKind.EvaluationPart, 3);

        Assert.Equal([2L, 3L], Steps(queue));
    }

    [Fact]
    public void Add_LargerThanTheQueue_IsDropped()
    {
        var queue = new SendQueue(Cost - 1);
        Add(queue, FrameKind.GradientPart, 1);

        Assert.Equal((1, 0L), (queue.DroppedCount, queue.Bytes));
        Assert.True(_pool.HasFree);
    }

    [Fact]
    public void Add_WhileAllIsBeingWritten_IsDroppedUntilItIsWritten()
    {
        var queue = new SendQueue(Cost);
        Add(queue, FrameKind.GradientPart, 1);
        Assert.Equal(1, queue.Take(_batch, Cost, TimeSpan.Zero));
        Add(queue, FrameKind.GradientPart, 2);
        Assert.Equal((1, (long)Cost), (queue.DroppedCount, queue.Bytes));

        _batch[0].Release();
        queue.Written();
        Add(queue, FrameKind.GradientPart, 3);

        Assert.Equal([3L], Steps(queue));
    }

    [Fact]
    public void Add_AMillionToAFullQueue_ReleasesAllButWhatFits()
    {
        var queue = new SendQueue(50 * Cost);
        for (int i = 0; i < 1_000_000; i++)
        {
            Add(queue, i % 7 == 0 ? FrameKind.EvaluationPart : FrameKind.GradientPart, i);
        }

        Assert.Equal((50 * Cost, 1_000_000 - 50), (queue.Bytes, queue.DroppedCount));
        Assert.Equal(51, _pool.CreatedCount);
    }

    [Fact]
    public void Close_Waiting_ReleasesAllAndDropsWhatFollows()
    {
        var queue = new SendQueue(10 * Cost);
        for (int i = 0; i < 5; i++) Add(queue, FrameKind.GradientPart, i);

        queue.Close();
        Add(queue, FrameKind.GradientPart, 6);

        Assert.Equal((0L, 6L), (queue.Bytes, queue.DroppedCount));
        for (int i = 0; i < 5; i++) _pool.Rent();
        Assert.Equal(5, _pool.CreatedCount);
    }

    private void Add(SendQueue queue, FrameKind kind, long step)
    {
        var frame = new OutgoingFrame
        {
            Header = Party.Header(kind, step: step), Values = _pool.Rent(), Length = FloatCount,
        };
        queue.Add(ref frame);
    }

    private long[] Steps(SendQueue queue) =>
        [.. _batch.Take(queue.Take(_batch, long.MaxValue, TimeSpan.Zero)).Select(frame => frame.Header.Step)];
}
