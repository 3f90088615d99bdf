using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>The runs that a node is done with. Of the last ones it knows how they ended. One owner.</summary>
internal sealed class PastRuns
{
    private const int KnownMax = 16;
    private readonly HashSet<ulong> _runs = [];
    private readonly Queue<(ulong RunId, string How, RunOutcome? Outcome, RunFailed? Bug)> _last = [];

    /// <param name="how">In a sentence.</param>
    /// <param name="outcome">Null where only this node is done with the run.</param>
    /// <param name="bug">What ended it everywhere; null where nothing did.</param>
    public void Add(ulong runId, string how, RunOutcome? outcome, RunFailed? bug = null)
    {
        if (!_runs.Add(runId)) return;
        if (_last.Count == KnownMax) _last.Dequeue();
        _last.Enqueue((runId, how, outcome, bug));
    }

    public bool Contains(ulong runId) => _runs.Contains(runId);

    /// <summary>Null where it is not known, or not any more.</summary>
    public RunOutcome? OutcomeOf(ulong runId) => _last.FirstOrDefault(past => past.RunId == runId).Outcome;

    /// <summary>The bug that ended it; null for none.</summary>
    public RunFailed? BugOf(ulong runId) => _last.FirstOrDefault(past => past.RunId == runId).Bug;

    /// <summary>As <see cref="OutcomeOf"/> for the sentence.</summary>
    public string? HowOf(ulong runId) => _last.FirstOrDefault(past => past.RunId == runId).How;
}
