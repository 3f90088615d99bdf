namespace ClusterGd.Core.Faults;

/// <summary>What can go wrong, or merely change, in a cluster: rows of <see cref="FaultKinds"/>.</summary>
public enum FaultKind
{
    /// <summary>A process is gone without a word, with all it had.</summary>
    Kill,

    /// <summary>A process stands still, then goes on as if nothing had been.</summary>
    Pause,

    /// <summary>A node computes slower.</summary>
    Slow,

    /// <summary>A process is killed and comes back empty.</summary>
    Restart,

    /// <summary>A node goes in good order.</summary>
    Leave,

    /// <summary>A new node comes.</summary>
    Join,

    /// <summary>Nodes are cut off from the others, both ways or one way, steadily or by turns.</summary>
    Partition,

    /// <summary>A message never arrives.</summary>
    Drop,

    /// <summary>A message arrives late.</summary>
    Delay,

    /// <summary>A message arrives twice, the second time later.</summary>
    Duplicate,

    /// <summary>A message is held back while later ones overtake it.</summary>
    Reorder,

    /// <summary>A message's bytes change on the way: its checksum tells, so it is dropped and counted.</summary>
    Corrupt,

    /// <summary>Nodes are cut off from each other while all others reach them.</summary>
    CutPair,

    /// <summary>Frames of more than some bytes do not arrive, as where a path's MTU is wrong.</summary>
    LargeFrames,

    /// <summary>The network loses packets: TCP sends them again, so messages come late, large ones most.</summary>
    PacketLoss,

    /// <summary>Nothing more can be written to a disk.</summary>
    DiskFull,

    /// <summary>Writes succeed and fsync does not.</summary>
    FsyncError,

    /// <summary>A disk takes long for everything.</summary>
    SlowDisk,

    /// <summary>A byte of the newest checkpoint changes.</summary>
    DamagedCheckpoint,

    /// <summary>A gradient that a node computes has a NaN in it.</summary>
    NanGradient,

    /// <summary>A gradient that a node computes has one wrong bit, of which no checksum knows.</summary>
    FlippedBit,
}
