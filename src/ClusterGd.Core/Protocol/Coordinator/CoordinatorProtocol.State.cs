using System.Collections.Immutable;
using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// All that a coordinator knows, and which event changes it. What a coordinator has told and must not forget is in the
/// directive and the history: nodes keep both, and the next coordinator asks them (<see cref="Recall"/>).
/// </summary>
public sealed partial class CoordinatorProtocol
{
    private readonly TrainingPlan _plan;
    private readonly CoordinatorSettings _settings;

    // Where the run is. Entering a phase sets _phase and _phaseStart.
    private Phase _phase = Phase.Gathering;
    private TimeSpan _phaseStart;

    /// <summary>What all have been told last, and its number in this term. Whatever changes it sends it.</summary>
    private RunDirective _directive;
    private long _sequence;
    private TimeSpan _lastBroadcast;

    /// <summary>The highest term given or seen: a new layout, a takeover, a node that follows a higher one.</summary>
    private long _term;

    /// <summary>An evaluation that is whole is added; going back to a checkpoint removes those after it.</summary>
    private readonly List<Evaluation> _history = [];
    private StopRules _rules;

    // The evaluation under way. Begun at its step, filled by summaries and gradients, over when it is whole.
    private readonly EvaluationRound _round;
    private TimeSpan _roundStart;

    /// <summary>By slice whether it is in place and at the limit: it says so; a layout or a limit clears it.</summary>
    private readonly bool[] _reached;

    /// <summary>Where each node can stop, in the phase Holding.</summary>
    private readonly Dictionary<string, long> _held = new(StringComparer.Ordinal);

    /// <summary>Moved back at a takeover or a resumption, so that the run's time goes on.</summary>
    private TimeSpan _trainingStart;

    // The nodes, by their statuses; a death removes one. Holdings outlive the status that told them.
    private readonly SortedDictionary<string, NodeStatus> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _statusAt = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SliceHoldings> _holdings = new(StringComparer.Ordinal);

    /// <summary>Nodes with other data or another version: told once each.</summary>
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>Until when a node gets no work: it was silent, slow, or its links are bad.</summary>
    private readonly Dictionary<string, TimeSpan> _distrusted = new(StringComparer.Ordinal);

    // The nodes that the next layout would have, and since when they are the same; each tick looks.
    private ImmutableArray<string> _wanted = [];
    private TimeSpan _wantedSince;

    /// <summary>All who get work by the next layout have their rows: set in Training, over with the move.</summary>
    private bool _isMoveDue;

    /// <summary>Why the run restarts, from the moment at which it does until it has a layout again.</summary>
    private string? _beginsAnew;

    // Checkpoints and memories of observers, by what they say; restarting forgets them and asks again.
    private readonly Dictionary<string, CheckpointHeld> _checkpoints = new(StringComparer.Ordinal);
    private readonly GatheredMemories _remembered = new();
    private TimeSpan _lastCheckpoint;

    /// <summary>Observers that left or died.</summary>
    private readonly HashSet<string> _observersGone = new(StringComparer.Ordinal);

    // The end. The last evaluation sets the result; observers say that they have it.
    private readonly HashSet<string> _observersDone = new(StringComparer.Ordinal);
    private Evaluation? _result;
    private TimeSpan _resultSince;

    // An interruption: asked for by an observer, then waits for a last checkpoint at an evaluation.
    private bool _isInterrupted;
    private Evaluation? _interruptedAt;
    private TimeSpan _interruptedSince;

    // Slow nodes: reports of the first slice; each relief doubles a node's rest.
    private readonly Dictionary<string, TimeSpan> _slowReports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _slowRests = new(StringComparer.Ordinal);
    private TimeSpan _restUntil;

    // Bad links: reports of receivers; each relief doubles a node's rest. The times end as soon as all is well.
    private readonly Dictionary<string, (LinkReport Report, TimeSpan At)> _linkReports = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _linkRests = new(StringComparer.Ordinal);
    private TimeSpan? _linksBadSince, _stuckSince;

    // Packet loss: which links were told of, and when they last lost packets.
    private readonly Dictionary<(string From, string To), TimeSpan> _lossTold = [];
    private TimeSpan? _lossSince;

    // A slice that cannot go on, since when, and how many statuses had come from each node then.
    private (int Slice, long Step)? _stranded;
    private TimeSpan _strandedSince;
    private readonly Dictionary<string, long> _statusesThen = new(StringComparer.Ordinal);

    /// <summary>
    /// Without a step, or an evaluation at the end of the steps, for so long is worth a word: two seconds, or longer
    /// if steps take longer. Each step teaches it.
    /// </summary>
    private readonly ArrivalDeadline _stepPatience = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    private TimeSpan _lastStep;

    private enum Phase
    {
        /// <summary>Too few nodes.</summary>
        Gathering,

        /// <summary>The first layout's nodes fetch their rows.</summary>
        Preparing,

        /// <summary>The layout is active; not all of its slices are in place yet.</summary>
        Settling,

        /// <summary>Steps are made, up to the next evaluation, which is collected.</summary>
        Training,

        /// <summary>The nodes are asked where they could stop.</summary>
        Holding,

        /// <summary>The slices come to the limit, so that they can move.</summary>
        Draining,

        /// <summary>The last parameters are measured.</summary>
        Finishing,
        Ended,
    }
}
