using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>Collects the mistakes of a job, so that the user sees all of them at once.</summary>
public sealed class JobProblems
{
    private const int ShownMax = 100;
    private readonly List<(JobMark Mark, string Sentence)> _problems = [];

    public bool IsEmpty => _problems.Count == 0;

    /// <param name="sentence">With the value, what is allowed and the next step; ends without a full stop.</param>
    public void Add(JobMark mark, string sentence) => _problems.Add((mark, sentence));

    internal void Wrong(JobNode node, string path, string allowed, string next) =>
        Add(node.Mark, $"{path} is {node.Shown}, allowed is {allowed}; {next}");

    /// <summary>Refuses the input where there is any problem, in the order of the file.</summary>
    /// <exception cref="InputException">With every problem as <c>file:line:column: sentence.</c></exception>
    public void ThrowIfAny()
    {
        if (IsEmpty) return;
        var sentences = _problems.OrderBy(p => p.Mark.Line == 0).ThenBy(p => p.Mark.Line).ThenBy(p => p.Mark.Column)
            .Select(p => $"{p.Mark}: {p.Sentence}{(p.Sentence.EndsWith('?') ? "" : ".")}").ToImmutableArray();
        if (sentences.Length > ShownMax)
        {
            int more = sentences.Length - ShownMax;
            sentences = [.. sentences.Take(ShownMax), $"{more} more problems are not shown: mend these first."];
        }
        throw new InputException(sentences);
    }
}
