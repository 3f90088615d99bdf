using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>The runs that a node is done with. Of the last ones it knows how they ended. One owner.</summary>
internal sealed class PastRuns
{
    private const int OutcomesMax = 16;
    private readonly HashSet<ulong> _runs = [];
    private readonly Queue<(ulong RunId, RunOutcome Outcome)> _outcomes = [];

    /// <param name="outcome">Null where only this node is done with the run.</param>
    public void Add(ulong runId, RunOutcome? outcome)
    {
        if (!_runs.Add(runId) || outcome is null) return;
        if (_outcomes.Count == OutcomesMax) _outcomes.Dequeue();
        _outcomes.Enqueue((runId, outcome));
    }

    public bool Contains(ulong runId) => _runs.Contains(runId);

    /// <summary>Null where it is not known, or not any more.</summary>
    public RunOutcome? OutcomeOf(ulong runId) => _outcomes.FirstOrDefault(past => past.RunId == runId).Outcome;
}
