using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// What modes send as frames. Of the header: the subtree's index is the worker, the step its sequence number, the
/// digest the version that it read, the noise sum the round since which its own optimizer has its state.
/// </summary>
/// <remarks>
/// Of a <see cref="FrameKind.ModeEntry"/>: the step is the number of the line, the digest the sequence number, and the
/// index is 2 more than the worker, which may be -2.
/// </remarks>
internal sealed class ModeFrames(TensorTransport transport, TrainingPlan plan)
{
    private const int WorkerOffset = -LogEntry.StopSet;
    private readonly FloatPool _pool = new(plan.Model.ParameterCount);
    private readonly ElementType _element = plan.ElementOf(Pass.MiniBatch);

    /// <returns>False for a message that is not of modes.</returns>
    public bool Send(string endpoint, ITensorMessage message)
    {
        if (message is Assignment assignment) Send(endpoint, assignment);
        else if (message is WorkerPush push) Send(endpoint, push);
        else if (message is ModeEntry entry) Send(endpoint, entry);
        else return false;
        return true;
    }

    public static ITensorMessage Read(in FrameHeader header, PooledFloats values) => header.Kind switch
    {
        FrameKind.Assignment => Assignment(header, values),
        FrameKind.WorkerPush => Push(header, values),
        _ => Entry(header, values),
    };

    private void Send(string endpoint, Assignment assignment) => Send(endpoint, new FrameHeader
    {
        Kind = FrameKind.Assignment, Element = _element, Term = assignment.Term, Step = assignment.Sequence,
        Subtree = new Subtree(0, assignment.Worker), Digest = (ulong)assignment.Model.Version,
        NoiseSum = assignment.StateSince,
    }, assignment.Model.Parameters);

    private void Send(string endpoint, WorkerPush push) => Send(endpoint, new FrameHeader
    {
        Kind = FrameKind.WorkerPush, Element = _element, Term = push.Term, Step = push.Sequence,
        Subtree = new Subtree(0, push.Worker), Digest = (ulong)push.Version, Count = push.Result.Count,
        LossSum = push.Result.LossSum, NoiseSum = push.Result.StateSince,
    }, push.Result.Values);

    private void Send(string endpoint, ModeEntry entry)
    {
        var header = new FrameHeader
        {
            Kind = FrameKind.ModeEntry, Element = _element, Term = entry.Term, Step = entry.Index,
            Subtree = new Subtree(0, entry.Line.Worker + WorkerOffset), Digest = (ulong)entry.Line.Sequence,
            Count = entry.Result?.Count ?? 0, LossSum = entry.Result?.LossSum ?? 0,
            NoiseSum = entry.Result?.StateSince ?? 0, FollowsEvaluation = entry.FollowsEvaluation,
            FollowsBest = entry.FollowsBest,
        };
        if (entry.Result is { } result) Send(endpoint, header, result.Values);
        else transport.Send(endpoint, header with { Element = ElementType.Byte }, ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Whether a frame can be of this plan's mode.</summary>
    public static bool Fits(in FrameHeader header, TrainingPlan plan)
    {
        int offset = header.Kind == FrameKind.ModeEntry ? WorkerOffset : 0;
        return !plan.Mode.IsSynchronous && header.Slice == 0 && header.Subtree.Index < plan.ShardCount + offset;
    }

    private static Assignment Assignment(in FrameHeader header, PooledFloats values) => new(
        header.Term, header.Subtree.Index, header.Step, new ModelVersion((long)header.Digest, Take(values)),
        (long)header.NoiseSum);

    private static WorkerPush Push(in FrameHeader header, PooledFloats values) => new(
        header.Term, header.Subtree.Index, header.Step, (long)header.Digest, Result(header, values));

    /// <param name="values">Null where the line is no worker's.</param>
    public static ModeEntry Entry(in FrameHeader header, PooledFloats? values) => new(
        header.Term, (int)Math.Min(header.Step, int.MaxValue),
        new LogEntry(header.Subtree.Index - WorkerOffset, (long)header.Digest, 0, IsCounted: false),
        values is null ? null : Result(header, values), header.FollowsEvaluation, header.FollowsBest);

    private static WorkResult Result(in FrameHeader header, PooledFloats values) =>
        new(header.Count, header.LossSum, Take(values), null, (long)header.NoiseSum);

    private static float[] Take(PooledFloats values)
    {
        float[] taken = values.Span.ToArray();
        values.Release();
        return taken;
    }

    private void Send(string endpoint, in FrameHeader header, float[] values)
    {
        var buffer = _pool.Rent();
        values.CopyTo(buffer.Span);
        transport.Send(endpoint, header, buffer, 0, values.Length);
    }
}
