using System.Text;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>What synchronous steps send as frames, and what all slices' backups say.</summary>
/// <param name="node">Of this process.</param>
internal sealed class StepFrames(TensorTransport transport, TrainingPlan plan, string node)
{
    private readonly byte[] _node = Encoding.UTF8.GetBytes(node);

    /// <summary>Gives the buffer's share back once it is sent.</summary>
    /// <returns>False for a message that is not of steps.</returns>
    public bool Send(string endpoint, ITensorMessage message)
    {
        switch (message)
        {
            case GradientPart { Sum: var sum, Slice: var slice }:
                SendSum(endpoint, slice, sum, new FrameHeader
                {
                    Kind = FrameKind.GradientPart, Element = plan.ElementOf(sum.Pass), Step = sum.Step, Pass = sum.Pass,
                    Subtree = sum.Subtree, Slice = slice, Count = sum.Count, LeafCount = sum.LeafCount,
                    LossSum = sum.LossSum, NoiseSum = sum.NoiseSum, Digest = sum.Digest,
                    ComputeMicros = sum.ComputeMicros,
                });
                return true;
            case SliceUpdate { Line: null, Sum: { } sum } update:
                SendSum(endpoint, update.Slice, sum, new FrameHeader
                {
                    Kind = FrameKind.SliceUpdate, Element = plan.ElementOf(sum.Pass), Step = sum.Step,
                    Generation = update.Generation, Subtree = sum.Subtree, Slice = update.Slice, Count = sum.Count,
                    LeafCount = sum.LeafCount, LossSum = sum.LossSum, NoiseSum = sum.NoiseSum,
                    ClipFactor = update.ClipFactor, FollowsEvaluation = update.FollowsEvaluation,
                    FollowsBest = update.FollowsBest, Digest = sum.Digest,
                });
                return true;
            case SlicePublished published:
                transport.Send(endpoint, new FrameHeader
                {
                    Kind = FrameKind.SlicePublished, Element = plan.ElementOf(published.IsFinal),
                    Step = published.Step, Term = published.Term, Generation = published.Generation,
                    IsFinal = published.IsFinal, Slice = published.Slice, LossSum = published.StepLoss,
                }, published.Values, 0, published.Values.Length);
                return true;
            case BackupStep backup:
                transport.Send(endpoint, new FrameHeader
                {
                    Kind = FrameKind.BackupStep, Slice = backup.Slice, Generation = backup.Generation,
                    Term = backup.OrderTerm, Step = backup.Step, IsCounted = backup.IsCounted,
                    WantsState = backup.WantsState, Element = ElementType.Byte,
                }, _node);
                return true;
            default:
                return false;
        }
    }

    /// <param name="sender">Who is at the other end of the connection.</param>
    /// <param name="first">The slice's first parameter.</param>
    /// <returns>Null for a frame that is not of steps.</returns>
    public static ITensorMessage? Read(in FrameHeader header, string sender, PooledFloats values, int first) =>
        header.Kind switch
        {
            FrameKind.GradientPart => new GradientPart(header.Slice, SumOf(header, values, first), sender),
            FrameKind.SliceUpdate => new SliceUpdate(
                header.Slice, header.Generation, SumOf(header, values, first), header.FollowsEvaluation,
                header.FollowsBest)
            {
                ClipFactor = header.ClipFactor,
            },
            FrameKind.SlicePublished => new SlicePublished(
                header.Slice, header.Generation, header.Term, header.Step, header.IsFinal, header.LossSum, values),
            _ => null,
        };

    /// <param name="payload">The backup's node.</param>
    public static BackupStep Backup(in FrameHeader header, ReadOnlySpan<byte> payload) => new(
        header.Slice, Encoding.UTF8.GetString(payload), header.Generation, header.Step, header.IsCounted,
        header.Term, header.WantsState);

    private void SendSum(string endpoint, int slice, GradientSum sum, in FrameHeader header)
    {
        int first = plan.SliceStarts[slice], length = plan.SliceStarts[slice + 1] - first;
        transport.Send(endpoint, header, sum.Values, first - sum.First, length);
    }

    private static GradientSum SumOf(in FrameHeader header, PooledFloats values, int first) => new(
        header.Step, header.Pass, header.Subtree, header.Count, header.LossSum, header.NoiseSum, header.LeafCount,
        values, first, header.Digest, header.ComputeMicros);
}
