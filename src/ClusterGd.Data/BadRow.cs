namespace ClusterGd.Data;

/// <summary>A row that could not be used and was left out, as <c>onBadRow: quarantine</c> asks.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">1-based line of a text file, 1-based record of a binary one.</param>
/// <param name="Column">1-based byte of the line where the trouble begins; 0 where the reason names the column.</param>
public sealed record BadRow(string Path, long Line, int Column, string Reason)
{
    /// <summary>Whether a missing value is all that is wrong, and rows that lack one are left out.</summary>
    public bool LacksValue { get; init; }

    public override string ToString() =>
        Column > 0 ? $"{Path}:{Line}:{Column}: {Reason}" : $"{Path}:{Line}: {Reason}";
}
