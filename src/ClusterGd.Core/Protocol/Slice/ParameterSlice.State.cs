using System.Collections.Immutable;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>What a slice of synchronous steps knows beside what every slice does, and which event changes it.</summary>
public sealed partial class ParameterSlice
{
    // Parameters and optimizer: an update changes them, and a state that is taken over.
    private readonly SliceUpdater _updater;
    private long _step;

    public override long Step => _step;

    /// <summary>Shards' gradients counted into updates: steps × shards, whatever came twice or late.</summary>
    public long ShardsCounted { get; private set; }

    // Gradients of the present step: each part goes into a tree, an update or a full pass that is whole empties it.
    private readonly ReductionTree<GradientSum> _steps, _fullPass;
    private readonly ShardAggregator? _aggregator;
    private readonly FirstAnswers _answers = new();
    private readonly List<GradientSum> _displaced = [];
    private bool _isInFullPass;

    // An evaluation takes the statistics and starts them afresh; its full pass is kept for who asks again.
    private SliceStatistics _statistics;
    private double _stepLoss = double.NaN;
    private SliceGradient? _lastGradient;

    // Gradients are clipped by the norms of all slices: they come step by step, the last two are answered again.
    private readonly double[] _norms;
    private SliceNorm? _lastNorm, _previousNorm;

    /// <summary>The step at which it went on in another's place.</summary>
    private long? _takenOverAt;

    // The first slice's look at who is late: arrivals teach it, ticks judge, a step that is whole ends it.
    private readonly StepArrivals _arrivals = new();
    private readonly Dictionary<string, LostTime> _lost = new(StringComparer.Ordinal);
    private ImmutableArray<string> _late = [];
    private TimeSpan _lateSince;
    private long? _standInStep;

    /// <summary>Requests of this step that nobody has answered.</summary>
    private int _unanswered;
}
