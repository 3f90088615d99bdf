using System.Collections.Immutable;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All that a slice knows, and which event changes it. What must outlive its node is in <see cref="SliceState"/>: that
/// travels to backups, in moves and into checkpoints.
/// </summary>
public sealed partial class ParameterSlice
{
    private readonly TrainingPlan _plan;
    private readonly string _node;
    private readonly int _index, _generation, _first, _length;
    private readonly TimeSpan _retryInterval;

    // Parameters and optimizer: an update changes them, and a state that is taken over.
    private readonly SliceUpdater _updater;

    /// <summary>Updates made.</summary>
    public long Step { get; private set; }

    /// <summary>Shards' gradients counted into updates: steps × shards, whatever came twice or late.</summary>
    public long ShardsCounted { get; private set; }

    // Gradients of the present step: each part goes into a tree, an update or a full pass that is whole empties it.
    private readonly ReductionTree<GradientSum> _steps, _fullPass;
    private readonly ShardAggregator? _aggregator;
    private readonly FirstAnswers _answers = new();
    private readonly List<GradientSum> _displaced = [];
    private readonly FloatPool _pool;
    private bool _isInFullPass;

    // What the coordinator said last: the directive as it is, and how far it lets this slice go.
    private RunDirective? _directive;
    private long _limit, _evaluateAt;

    // An evaluation takes the statistics and starts them afresh; its answers are kept for who asks again.
    private SliceStatistics _statistics;
    private double _stepLoss = double.NaN;
    private SliceSummary? _lastSummary;
    private SliceGradient? _lastGradient;
    private float[]? _best;

    // The end: the directive says of which step the result is; a number that is not finite comes before it.
    private bool _isFinal;
    private Divergence? _divergence;

    // Of the present step only: an observer that did not get it may ask again.
    private SliceState? _checkpoint;

    // Gradients are clipped by the norms of all slices: they come step by step, the last two are answered again.
    private readonly double[] _norms;
    private SliceNorm? _lastNorm, _previousNorm;

    // A host's backups and what they have; which term's layout was followed, and at which step it took over.
    private readonly SliceReplication _backups = new();
    private long _termFollowed, _takenOverAt = -1;

    /// <summary>
    /// The term of the layout under which the host counts this backup: it is one update behind at most. Null if it does
    /// not.
    /// </summary>
    public long? BackupTerm { get; private set; }

    // The first slice's look at who is late: arrivals teach it, ticks judge, a step that is whole ends it.
    private readonly StepArrivals _arrivals = new();
    private readonly Dictionary<string, LostTime> _lost = new(StringComparer.Ordinal);
    private ImmutableArray<string> _late = [];
    private TimeSpan _lateSince;
    private long _standInStep = -1;

    // Each message and tick set _now; progress is any message that brings the step further.
    private TimeSpan _now, _lastProgress;

    /// <summary>Requests of this step that nobody has answered.</summary>
    private int _unanswered;
}
