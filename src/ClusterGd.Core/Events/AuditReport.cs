using System.Collections.Immutable;

namespace ClusterGd.Core.Events;

/// <summary>What an audit found.</summary>
/// <param name="Steps">Updates that the log tells of.</param>
public sealed record AuditReport(
    ImmutableArray<EpochCount> Epochs, ImmutableArray<AuditProblem> Problems, long Steps)
{
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
public sealed record AuditProblem(long First, long End, string What)
{
    public override string ToString() =>
        First + 1 == End ? $"step {End}: {What}" : $"steps {First + 1} to {End}: {What}";
}
