using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>The runs that a node is done with. Of the last ones it knows how they ended. One owner.</summary>
internal sealed class PastRuns
{
    private const int KnownMax = 16;
    private readonly HashSet<ulong> _runs = [];
    private readonly Queue<(ulong RunId, string How, RunOutcome? Outcome)> _last = [];

    /// <param name="how">In a sentence.</param>
    /// <param name="outcome">Null where only this node is done with the run.</param>
    public void Add(ulong runId, string how, RunOutcome? outcome)
    {
        if (!_runs.Add(runId)) return;
        if (_last.Count == KnownMax) _last.Dequeue();
        _last.Enqueue((runId, how, outcome));
    }

    public bool Contains(ulong runId) => _runs.Contains(runId);

    /// <summary>Null where it is not known, or not any more.</summary>
    public RunOutcome? OutcomeOf(ulong runId) => _last.FirstOrDefault(past => past.RunId == runId).Outcome;

    /// <summary>The same for the sentence.</summary>
    public string? HowOf(ulong runId) => _last.FirstOrDefault(past => past.RunId == runId).How;
}
