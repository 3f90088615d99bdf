using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>What a user should know of a training table though it can be used: one sentence each.</summary>
internal static class TableNotes
{
    private const int RowsMin = 5;

    /// <summary>Equal floats matter where the numbers differ by more than this fraction of their range.</summary>
    private const double MergedFraction = 1e-6;

    public static IEnumerable<string> Of(RawData data, DataSource source) => data is not TableData table ? [] :
    [
        .. Target(table, source), .. Unnamed(table), .. Counts(table), .. Merged(table), .. MissingWords(table),
    ];

    private static IEnumerable<string> Target(TableData data, DataSource source)
    {
        if (!source.Target.IsEmpty || data.Plan.TargetName is not { } name) yield break;
        string which = data.Plan.HasHeader ? $"'{name}'" : $"number {name}, counted from 0";
        yield return $"{data.Path}: the job names no target: it is the last column, {which}; state target: to choose.";
    }

    private static IEnumerable<string> Unnamed(TableData data) => data.NumberColumns
        .Where((c, i) => data.Unnamed.Contains(c.Index) && !CountsRows(data, i))
        .Select(c => $"{data.Path}: column {c.Index}, counted from 0, has no name in the first line and is a " +
            $"feature: add ignore: ['{c.Name}'] if it should not be.");

    private static IEnumerable<string> Counts(TableData data) => data.NumberColumns
        .Where((c, i) => (c.Index == 0 || data.Unnamed.Contains(c.Index)) && CountsRows(data, i))
        .Select(c => $"{data.Path}: column '{c.Name}' only counts the rows and is a feature: add ignore: " +
            $"['{c.Name}'] if it should not be.");

    private static bool CountsRows(TableData data, int number)
    {
        var column = data.Numbers[number];
        bool isOnly = data.NumberColumns.Length + data.CategoryColumns.Length == 1;
        if (isOnly || data.Count < RowsMin || column[0] is not (0 or 1)) return false;
        for (int row = 1; row < data.Count; row++)
        {
            if (column[row] != column[0] + row) return false;
        }
        return true;
    }

    private static IEnumerable<string> Merged(TableData data)
    {
        for (int i = 0; i < data.Numbers.Length; i++)
        {
            if (!Matters(data.Numbers[i].Rounding, data.Numbers[i].Range())) continue;
            yield return $"{data.Path}: column '{data.NumberColumns[i].Name}' has distinct values that are one as " +
                $"32-bit numbers, such as {Pair(data.Numbers[i].Rounding)}: state standardize: true, which subtracts " +
                "the mean before it rounds.";
        }
        string[] targets = [.. data.Plan.Columns.Where(c => c.Role == ColumnRole.Target).Select(c => c.Name)];
        for (int i = 0; i < data.TargetRounding.Length; i++)
        {
            if (!Matters(data.TargetRounding[i], data.TargetRange(i))) continue;
            yield return $"{data.Path}: the target '{targets[i]}' has distinct values that are one as 32-bit " +
                $"numbers, such as {Pair(data.TargetRounding[i])}: subtract a constant from it in the file.";
        }
    }

    private static bool Matters(RoundingWatch rounding, double range) => rounding.HasMerged
        && (rounding.Merged.AreWhole || Math.Abs(rounding.Merged.A - rounding.Merged.B) > MergedFraction * range);

    private static string Pair(RoundingWatch rounding) => string.Create(
        CultureInfo.InvariantCulture, $"{rounding.Merged.A:R} and {rounding.Merged.B:R}");

    /// <summary>NA may be Namibia; whoever meant a missing value learns how to say so.</summary>
    private static IEnumerable<string> MissingWords(TableData data)
    {
        for (int i = 0; i < data.CategoryColumns.Length; i++)
        {
            if (MissingWord(data.Categories[i].Values) is not { } word) continue;
            yield return $"{data.Path}: {NumberText.Show(word)} in column '{data.CategoryColumns[i].Name}' is a " +
                $"category like others: add missingTokens: ['{word}'] if it stands for a missing value.";
        }
        if (data.Targets.Kind is TargetKind.None or TargetKind.Number) yield break;
        if (MissingWord(data.Targets.Labels.Names) is not { } label) yield break;
        yield return $"{data.Path}: the label {NumberText.Show(label)} is a class like others: add missingTokens: " +
            $"['{label}'] if it stands for a missing value.";
    }

    private static string? MissingWord(IEnumerable<string> words) =>
        words.FirstOrDefault(w => w.Length > 0 && CellRules.LooksMissing(w));
}
