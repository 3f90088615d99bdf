using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>How the numbers of a file seem to be written, from the profiles of its columns.</summary>
/// <param name="Index">Of <see cref="ColumnProfile.Marks"/>.</param>
/// <param name="IsAmbiguous">
/// Whether the comma may be the decimal mark as well as one between thousands: each number is like 1,215.
/// </param>
internal readonly record struct NumberMarks(int Index, bool IsAmbiguous)
{
    private const int DecimalComma = 1, ThousandsComma = 2;

    public CellRules Rules => ColumnProfile.Marks[Index];

    /// <param name="isCommaBetween">Whether commas separate the columns: then those in quotes are for
    /// thousands.</param>
    public static NumberMarks Of(IReadOnlyCollection<ColumnProfile> columns, bool isCommaBetween)
    {
        var all = Enumerable.Range(0, ColumnProfile.Marks.Length).ToArray();
        ColumnProfile[] marked = [.. columns.Where(c => !c.Fits(0) && all.Any(c.Fits))];
        if (marked.Length == 0) return default;
        ColumnProfile[] numbers = [.. columns.Where(c => all.Any(c.Fits))];
        int[] feasible = [.. all.Skip(1).Where(m => numbers.All(c => c.Fits(m)))];
        // Columns that differ in their marks have no keys in common: those of most columns are the best there is.
        if (feasible.Length == 0) return new(all.MaxBy(m => numbers.Count(c => c.Fits(m))), false);
        bool isAmbiguous = feasible.Contains(DecimalComma) && feasible.Contains(ThousandsComma);
        return new(isAmbiguous && isCommaBetween ? ThousandsComma : feasible[0], isAmbiguous);
    }
}
