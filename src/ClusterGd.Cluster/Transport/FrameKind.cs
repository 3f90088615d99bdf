namespace ClusterGd.Cluster.Transport;

/// <summary>What a frame carries. The numbers are on the wire: none is used twice.</summary>
public enum FrameKind : ushort
{
    /// <summary>A subtree's gradient sum over one slice: floats.</summary>
    GradientPart = 1,

    /// <summary>A slice's parameters after a step: floats.</summary>
    SlicePublished = 2,

    /// <summary>A shard's part of an evaluation: bytes.</summary>
    EvaluationPart = 3,

    /// <summary>A slice's parameters and optimizer state, for a backup or a new host.</summary>
    SliceState = 4,

    /// <summary>Asks a node for rows of the data: bytes.</summary>
    RowsRequest = 5,

    /// <summary>Rows of the data: bytes.</summary>
    RowsChunk = 6,

    /// <summary>The gradient that a slice's host has updated from, for its backups: floats.</summary>
    SliceUpdate = 7,

    /// <summary>
    /// How far a backup is, for its slice's host, which waits for it: the backup's name as bytes.
    /// </summary>
    BackupStep = 8,

    /// <summary>What a mode's worker is to do: the parameters that it computes with, floats.</summary>
    Assignment = 9,

    /// <summary>What a mode's worker found: floats.</summary>
    WorkerPush = 10,

    /// <summary>A line of the order of application for a backup: the result as floats, or no bytes.</summary>
    OrderLine = 11,

    /// <summary>Lines of the order of application for who keeps it: bytes.</summary>
    OrderPart = 12,

    /// <summary>Says that the tensor plane works: the sender's name and endpoint as bytes.</summary>
    Probe = 13,

    /// <summary>
    /// The same in several packets, of which some may be too large for the way: bytes of no meaning.
    /// </summary>
    LargeProbe = 14,
}

/// <summary>
/// The connections to one peer. Gradients and parameters do not wait for each other, and neither for bulk. Frames of
/// one stream arrive in the order they were sent, less those dropped.
/// </summary>
public enum TensorStream : byte
{
    Gradients = 0,
    Parameters = 1,
    Bulk = 2,

    /// <summary>Small probes, which must not wait behind large packets that are lost on the way.</summary>
    Probes = 3,

    /// <summary>Large probes, behind which nothing else must wait.</summary>
    LargeProbes = 4,
}

internal static class FrameKinds
{
    public const int StreamCount = 5;

    /// <summary>One more than the largest kind.</summary>
    public const int Count = (int)FrameKind.LargeProbe + 1;

    public static bool IsKnown(FrameKind kind) => kind is >= FrameKind.GradientPart and < (FrameKind)Count;

    public static TensorStream StreamOf(FrameKind kind) => kind switch
    {
        FrameKind.GradientPart or FrameKind.EvaluationPart or FrameKind.BackupStep or FrameKind.WorkerPush =>
            TensorStream.Gradients,
        FrameKind.SlicePublished or FrameKind.Assignment => TensorStream.Parameters,
        FrameKind.Probe => TensorStream.Probes,
        FrameKind.LargeProbe => TensorStream.LargeProbes,
        _ => TensorStream.Bulk,
    };
}
