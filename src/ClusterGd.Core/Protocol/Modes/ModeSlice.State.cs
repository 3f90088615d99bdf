using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>All that the slice of a mode knows, and which event changes it.</summary>
public sealed partial class ModeSlice
{
    private readonly TrainingPlan _plan;
    private readonly string _node;
    private readonly int _generation;
    private readonly FloatPool _pool;
    private readonly TimeSpan _retryInterval;

    // Parameters, the order of application and who has which assignment: a push, a stop and a line of the host change
    // it. Pushes wait if a backup is too far behind; assignments are sent once the message is done.
    private readonly ModeServer _server;
    private readonly Queue<WorkerPush> _waiting = [];
    private readonly List<Assignment> _news = [];

    private RunDirective? _directive;

    // A host's backups and what they have; and the term under which this one is counted as a backup.
    private readonly ModeReplication _backups;

    public long? BackupTerm { get; private set; }

    // What was told where it stands: lines of the order, the parameters, the answer to a hold, a summary.
    private int _committed;
    private (long Step, bool IsFinal) _published = (-1, false);
    private long _heldAt = -1;
    private SliceSummary? _lastSummary;

    // Of the present stop only: an observer that did not get it may ask again.
    private SliceState? _checkpoint;
    private float[]? _best;

    // The end: the directive says of which step the result is; a number that is not finite comes before it.
    private bool _isFinal;
    private Divergence? _divergence;

    // Each message and tick set _now; progress is any message that brings the server further.
    private TimeSpan _now, _lastProgress;
}
