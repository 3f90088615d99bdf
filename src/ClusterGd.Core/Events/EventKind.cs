namespace ClusterGd.Core.Events;

/// <summary>What a line of the event log is about. The names are in the file, in lower camel case.</summary>
public enum EventKind
{
    /// <summary>A process begins to train or to resume.</summary>
    Began,

    /// <summary>A node is in the layout that was not.</summary>
    Joined,

    /// <summary>A node is in the layout no more.</summary>
    Left,

    /// <summary>Who hosts what from now on.</summary>
    Placed,

    /// <summary>Who is to host what as soon as it has the rows.</summary>
    Planned,

    /// <summary>A backup goes on in the place of a slice's host.</summary>
    TakenOver,

    /// <summary>The coordinator is at another node.</summary>
    Coordinator,

    /// <summary>The run goes back to a checkpoint or to step 0.</summary>
    BeganAnew,

    /// <summary>All slices come to a step that is to be saved.</summary>
    CheckpointDue,

    /// <summary>A checkpoint is on the disk.</summary>
    Saved,

    Evaluated,

    /// <summary>How long steps took, and whom they waited for.</summary>
    Steps,

    /// <summary>Something is waited for.</summary>
    Waiting,

    /// <summary>It is decided that the run ends.</summary>
    Stopped,

    /// <summary>Told to the person as well: a refusal, trouble with the disk, a decision.</summary>
    Note,

    Ended,
}
