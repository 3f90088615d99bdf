using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What a coordinator does before it decides anything: it asks all members of the cluster what they remember of the
/// run, since it may take over from another. It goes on once all have answered, or those that did in time: without the
/// observers' memory a coordinator that is alone could not know that the run has long begun. Pure: no clock. One owner.
/// </summary>
/// <param name="observers">The run's; they are waited for as long as they are members.</param>
public sealed class Recall(ImmutableArray<string> observers, TimeSpan since)
{
    /// <summary>How long nodes have to answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly GatheredMemories _memories = new();
    private readonly HashSet<string> _silent = new(StringComparer.Ordinal);

    public IReadOnlyCollection<RunMemory> Memories => _memories.All;

    /// <summary>Nodes that are not heard: nobody waits for them.</summary>
    public IReadOnlyCollection<string> Silent => _silent;

    public void NodeSilent(string node) => _silent.Add(node);

    /// <summary>A member says what it remembers.</summary>
    /// <returns>After which step it is to be asked for more at once; null where it is not.</returns>
    public long? Handle(RunMemory page) =>
        _memories.Add(page) && !_memories.IsWhole(page.Node) ? _memories.LastStep(page.Node) : null;

    /// <summary>Whom to ask again, and for the evaluations after which step.</summary>
    public IEnumerable<(string Node, long After)> Unanswered(IEnumerable<string> members) =>
        members.Where(node => !_memories.IsWhole(node)).Select(node => (node, _memories.LastStep(node)));

    /// <summary>Whether the coordinator can go on with what has come.</summary>
    public bool IsOver(IEnumerable<string> members, TimeSpan now) =>
        (IsLate(now) ? members.Intersect(observers) : members.Except(_silent)).All(_memories.IsWhole);

    /// <summary>For whom it still waits once those that had time enough have had it; null before.</summary>
    public string? Wait(TimeSpan now) => IsLate(now) ? "the client to say what it remembers of the run" : null;

    public TimeSpan Since => since;

    private bool IsLate(TimeSpan now) => now - since >= s_patience;
}
