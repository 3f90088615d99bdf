using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>Turns "this cell is no number", row after row, into what to state for the columns at fault.</summary>
internal static class WordAdvice
{
    /// <param name="refused">What was found row by row.</param>
    /// <param name="profiles">Of all columns of the file, by position.</param>
    /// <returns>All columns in one error; <paramref name="refused"/> where its rows are the fault.</returns>
    public static InputException Explain(
        InputException refused, DataSource source, TablePlan plan, ColumnProfile[] profiles, TargetKind kind,
        bool isCommaBetween)
    {
        ColumnProfile[] numbers =
        [
            .. plan.Columns.Where(c => c.Role == ColumnRole.Number).Select(c => profiles[c.Index]),
            // A target of words asks for another loss, which its rows say.
            .. plan.Columns.Where(c => c.Role == ColumnRole.Target && kind == TargetKind.Number)
                .Select(c => profiles[c.Index]).Where(p => Enumerable.Range(0, ColumnProfile.Marks.Length).Any(p.Fits)),
        ];
        var advice = new ColumnAdvice(source, numbers, isCommaBetween);
        bool isOfColumns = advice.Suggestions.Any(s => s.Key != "missingTokens");
        if (!isOfColumns) return refused;
        return new InputException(
        [
            .. advice.Suggestions.Select(s => $"{source.Path}: {s.Reason}: add {s.Key}: {s.Value}."),
            .. advice.Categories.IsEmpty ? [] : new[] { "Columns of words that are of no use can be ignored instead." },
        ]);
    }
}
