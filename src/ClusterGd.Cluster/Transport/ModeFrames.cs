using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// What modes send as frames. Of the header: the subtree's index is the worker, the step its sequence number, the
/// version that of the parameters that it read.
/// </summary>
/// <remarks>
/// Of a <see cref="FrameKind.OrderLine"/>: the step is the number of the line, the version the sequence number, and the
/// index is 2 more than the worker, which may be -2.
/// </remarks>
internal sealed class ModeFrames(TensorTransport transport, TrainingPlan plan)
{
    private const int WorkerOffset = -LogEntry.StopSet;
    private readonly ElementType _element = plan.ElementOf(Pass.MiniBatch);

    /// <summary>Gives the buffer's share back once it is sent.</summary>
    /// <returns>False for a message that is not of modes.</returns>
    public bool Send(string endpoint, ITensorMessage message)
    {
        if (message is Assignment assignment) Send(endpoint, assignment);
        else if (message is WorkerPush push) Send(endpoint, push);
        else if (message is SliceUpdate { Line: { } line } update) Send(endpoint, update, line);
        else return false;
        return true;
    }

    public static ITensorMessage Read(in FrameHeader header, PooledFloats values) => header.Kind switch
    {
        FrameKind.Assignment => new Assignment(
            header.Term, header.Subtree.Index, header.Step,
            new ParameterVersion(header.Version, false, double.NaN, values), header.StateSince),
        FrameKind.WorkerPush => new WorkerPush(
            header.Term, header.Version, SumOf(header, header.Subtree.Index, header.Step, values), header.StateSince),
        _ => Line(header, values),
    };

    private void Send(string endpoint, Assignment assignment) => Send(endpoint, new FrameHeader
    {
        Kind = FrameKind.Assignment, Element = _element, Term = assignment.Term, Step = assignment.Sequence,
        Subtree = Subtree.Leaf(assignment.Worker), Version = assignment.Model.Step, StateSince = assignment.StateSince,
    }, assignment.Model.Values);

    private void Send(string endpoint, WorkerPush push) => Send(endpoint, new FrameHeader
    {
        Kind = FrameKind.WorkerPush, Element = _element, Term = push.Term, Step = push.Sequence,
        Subtree = Subtree.Leaf(push.Worker), Version = push.Version, Count = push.Sum.Count,
        LossSum = push.Sum.LossSum, StateSince = push.StateSince,
    }, push.Sum.Values);

    private void Send(string endpoint, SliceUpdate update, OrderLine line)
    {
        var header = new FrameHeader
        {
            Kind = FrameKind.OrderLine, Element = _element, Generation = update.Generation, Term = line.Term,
            Step = line.Index, Subtree = Subtree.Leaf(line.Entry.Worker + WorkerOffset), Version = line.Entry.Sequence,
            Count = update.Sum?.Count ?? 0, LossSum = update.Sum?.LossSum ?? 0, StateSince = line.StateSince,
            FollowsEvaluation = update.FollowsEvaluation, FollowsBest = update.FollowsBest,
        };
        if (update.Sum is { } sum) Send(endpoint, header, sum.Values);
        else transport.Send(endpoint, header with { Element = ElementType.Byte }, ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Whether a frame can be of this plan's mode.</summary>
    public static bool Fits(in FrameHeader header, TrainingPlan plan)
    {
        int offset = header.Kind == FrameKind.OrderLine ? WorkerOffset : 0;
        return !plan.Mode.IsSynchronous && header.Slice == 0 && header.Subtree.Level == 0
            && header.Subtree.Index < plan.ShardCount + offset && header.Step <= int.MaxValue;
    }

    /// <param name="values">Null where the line is no worker's.</param>
    public static SliceUpdate Line(in FrameHeader header, PooledFloats? values)
    {
        int worker = header.Subtree.Index - WorkerOffset;
        var entry = new LogEntry(worker, header.Version, 0, IsCounted: false);
        var sum = values is null ? null : SumOf(header, worker, header.Version, values);
        return new SliceUpdate(0, header.Generation, sum, header.FollowsEvaluation, header.FollowsBest)
        {
            Line = new OrderLine(header.Term, (int)header.Step, entry, header.StateSince),
        };
    }

    private static GradientSum SumOf(in FrameHeader header, int worker, long sequence, PooledFloats values) => new(
        sequence, Pass.MiniBatch, Subtree.Leaf(worker), header.Count, header.LossSum, 0, 1, values);

    private void Send(string endpoint, in FrameHeader header, PooledFloats values) =>
        transport.Send(endpoint, header, values, 0, values.Length);
}
