using ClusterGd.Core.Data;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>All that a node knows of a run, and which event changes it. A restart of the run forgets most.</summary>
public sealed partial class NodeProtocol
{
    // What the coordinator said last, and which start of the run it is of. A directive changes all of them.
    private RunDirective? _directive;
    private int _generation;
    private RunEnding? _ending;

    /// <summary>What evaluations came to; directives and missed ones add to it.</summary>
    private readonly EvaluationHistory _history = Remembered(plan, start);

    // Versions of the parameters: a published slice goes to _newest; once all are of one step it becomes Current.
    private readonly SlicePublished?[] _newest = new SlicePublished?[plan.SliceCount];
    private ParameterVersion? _previous;
    private readonly FloatPool _pool = new(plan.Model.ParameterCount);

    /// <summary>The newest version of which all slices are here; null before the first.</summary>
    public ParameterVersion? Current { get; private set; }

    // The work of steps: orders begin with a version or a request, take results, and end when they are sent.
    private readonly List<Order> _orders = [];
    private readonly List<GradientSum> _displaced = [];
    private long _startedStep = -1, _fullPassStep = -1;
    private readonly HashSet<(int, RowSet)> _evaluating = [];
    private readonly ComputeClock _computing = new();

    /// <summary>Shards' gradients computed beyond one a step: asked for again, or in another's place.</summary>
    public long RecomputedCount { get; private set; }

    // The shards that the layout gives this node, those whose rows are here, and those whose rows are on their way.
    private readonly SortedSet<int> _shards = [], _prepared = [], _preparing = [];

    // Slices whose state is here, by what was last heard of them: serving, backups, or kept for who takes over.
    private readonly SortedDictionary<int, (long Step, long? BackupTerm)> _slices = [];

    // Slices that the layout gives this node and whose states are on their way; their arrival removes them.
    private readonly HashSet<int> _awaited = [], _awaitedBackups = [];

    /// <summary>Set by the first layout with backups, for good.</summary>
    private bool _hasBackups;

    // What is told of this node: a request to leave; each status has a number.
    private bool _isLeaving;
    private long _statusVersion;

    /// <summary>The status has changed in a way that someone may wait for; who tells it clears this.</summary>
    public bool HasNews { get; set; }

    // Another's shards: requests add to it, rows that come and new steps remove. By shard whose rows are not here yet
    // the step that it was asked for; and the newest step in which another node's work was asked for.
    private readonly Dictionary<int, long> _standIns = [];
    private long _askedStep = -1;

    /// <summary>An observer's: states of slices that are sent to it.</summary>
    private readonly CheckpointCollector _checkpoints = new(plan, start);

    /// <summary>The work where a server gives it out; null where steps are synchronous.</summary>
    private readonly AssignedWork? _assigned = plan.Mode.IsSynchronous ? null : new(name, retryInterval);

    // Each message and tick set _now; progress is any message that brings the node further.
    private TimeSpan _now, _lastProgress, _lastStateRequest;

    /// <summary>
    /// Part of the work of a step: a segment of an aligned subtree that this node computes, combines and sends as one.
    /// </summary>
    private sealed record Order(long Step, Pass Pass, int Segment, ReductionTree<GradientSum> Tree);
}
