using ClusterGd.Core.Convergence;

namespace ClusterGd.Core.Protocol;

/// <summary>What members of a run remember of it, as it comes page by page. Pure. One owner.</summary>
public sealed class GatheredMemories
{
    private readonly Dictionary<string, Memory> _byNode = new(StringComparer.Ordinal);

    private sealed class Memory
    {
        public readonly SortedDictionary<long, Evaluation> History = [];
        public required RunMemory Newest;
        public long LastStep = -1;
        public bool IsWhole;
    }

    /// <summary>All that is here, each with all evaluations that have come.</summary>
    public IReadOnlyCollection<RunMemory> All =>
        [.. _byNode.Values.Select(memory => memory.Newest with { History = [.. memory.History.Values] })];

    /// <summary>A page has come. It may come twice, and when all is here the rest of it may be newer.</summary>
    /// <returns>Whether it brings evaluations that are new here, or is the last.</returns>
    public bool Add(RunMemory page)
    {
        if (!_byNode.TryGetValue(page.Node, out var memory)) _byNode[page.Node] = memory = new() { Newest = page };
        bool wasWhole = memory.IsWhole;
        long before = memory.LastStep;
        memory.Newest = page;
        memory.IsWhole |= !page.HasMore;
        foreach (var evaluation in page.History)
        {
            memory.History[evaluation.Step] = evaluation;
            memory.LastStep = Math.Max(memory.LastStep, evaluation.Step);
        }
        return memory.LastStep > before || memory.IsWhole && !wasWhole;
    }

    /// <summary>Whether all that a node remembers has come.</summary>
    public bool IsWhole(string node) => _byNode.TryGetValue(node, out var memory) && memory.IsWhole;

    /// <summary>The evaluations of a node that have come, by step.</summary>
    public IEnumerable<Evaluation> Of(string node) =>
        _byNode.TryGetValue(node, out var memory) ? memory.History.Values : [];

    /// <summary>After which step the next page of a node begins; -1 for the first.</summary>
    public long LastStep(string node) => _byNode.TryGetValue(node, out var memory) ? memory.LastStep : -1;

    public void Clear() => _byNode.Clear();
}
