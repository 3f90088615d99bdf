using System.Collections.Immutable;

namespace ClusterGd.Core.Events;

/// <summary>What an audit found.</summary>
/// <param name="Steps">Updates that the log tells of.</param>
public sealed record AuditReport(
    ImmutableArray<EpochCount> Epochs, ImmutableArray<AuditProblem> Problems, long Steps)
{
    /// <summary>What is wrong with the log as a whole, one clause each.</summary>
    public ImmutableArray<string> LogProblems { get; init; } = [];

    /// <summary>Whether the log tells of all that the run counted, and of nothing else.</summary>
    public bool IsComplete => LogProblems.IsEmpty && !Problems.Any(problem => problem.IsGap);

    public bool IsRight => LogProblems.IsEmpty && Problems.IsEmpty;

    /// <summary>One line for each run of epochs that came out alike, then one for each problem.</summary>
    public IEnumerable<string> Lines()
    {
        for (int i = 0; i < Epochs.Length; i++)
        {
            int first = i;
            while (i + 1 < Epochs.Length && Epochs[i + 1].IsLike(Epochs[first])) i++;
            yield return Line(Epochs[first], Epochs[i].Epoch);
        }
        foreach (var problem in Problems) yield return problem.ToString();
        foreach (string problem in LogProblems) yield return problem;
        if (!IsComplete) yield return "incomplete: this log does not show that each row was counted once";
    }

    private static string Line(EpochCount first, int last)
    {
        string which = last == first.Epoch ? $"epoch {last + 1}" : $"epochs {first.Epoch + 1} to {last + 1}";
        string each = last == first.Epoch ? "" : " in each";
        return first.RowsOnce is { } rows
            ? $"{which}: {rows} of {first.RowsDue} rows counted once{each}{(rows < first.RowsDue ? " so far" : "")}"
            : $"{which}: not all of {first.RowsDue} rows counted once{each}";
    }
}

/// <summary>How the rows of one epoch were counted.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="RowsOnce">Rows counted once, and no other more often; null where that is not so.</param>
/// <param name="RowsDue">Rows of the training data.</param>
public sealed record EpochCount(int Epoch, long? RowsOnce, long RowsDue)
{
    public bool IsLike(EpochCount other) => RowsOnce == other.RowsOnce;
}

/// <summary>Something that is not as it must be in updates first+1 … end.</summary>
/// <param name="IsGap">Whether the log says nothing of them, as opposed to something wrong.</param>
public sealed record AuditProblem(long First, long End, string What, bool IsGap = false)
{
    public override string ToString() =>
        First + 1 == End ? $"step {End}: {What}" : $"steps {First + 1} to {End}: {What}";
}
