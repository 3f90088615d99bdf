using System.Globalization;
using ClusterGd.Core.Options;
using ClusterGd.Data.Describing;

namespace ClusterGd.Data.Reading;

/// <summary>Whether the first record of a file has the names of its columns, where the job does not state it.</summary>
/// <param name="HasHeader">The guess.</param>
/// <param name="Note">What a user should know of it; null where it is beyond doubt.</param>
internal readonly record struct HeaderGuess(bool HasHeader, string? Note)
{
    /// <param name="records">The first ones, at least one.</param>
    /// <param name="known">Names that would show a header.</param>
    /// <exception cref="InputException">The file does not show it and must be told.</exception>
    public static HeaderGuess Of(
        string path, List<string[]> records, IReadOnlyCollection<string> known, CellRules cells)
    {
        string[] first = records[0];
        // In any marks, since those may be what the job has yet to state.
        bool IsNumber(string field) => cells.TryParse(field, out _, out _) || ColumnProfile.LooksLikeNumber(field);
        if (first.Any(f => !IsNumber(f) && known.Contains(f))) return new(true, null);
        // The names of the training file, in any order, though they are numbers.
        if (known.Count >= first.Length && first.All(known.Contains)) return new(true, null);
        if (first[0].StartsWith('#') && records.Any(r => r.Length != first.Length && !r[0].StartsWith('#')))
        {
            throw new InputException(
                $"{path}: the first line begins with '#' and has not as many columns as those below, so it looks " +
                "like a comment; comments are not left out: remove such lines, for example with sed '/^#/d'.");
        }
        bool hasNumber = first.Any(IsNumber);
        if (!hasNumber && records.Count == 1) return new(true, null);
        if (Counts(first, from: 0) && first.Length > 2) return new(true, CountsNote(path, first, isHeader: true));
        if (NameAboveNumbers(records, cells, IsNumber) is { } name)
        {
            return new(true, !hasNumber ? null
                : $"{path}: the first line is taken for names, since '{name}' is the only word in its column: state " +
                    "header: false if it is a row.");
        }
        if (hasNumber)
        {
            bool isCount = Counts(first, from: 0) || (Counts(first, from: 1) && first.Length > 2);
            return new(false, isCount ? CountsNote(path, first, isHeader: false) : null);
        }
        throw new InputException(
            $"{path}: no column has a word above numbers, so the file does not show whether its first line has " +
            "names: state header: true or header: false.");
    }

    /// <summary>0, 1, 2, … as tools write them for columns without names, after an index without one.</summary>
    private static bool Counts(string[] fields, int from)
    {
        var counting = fields.AsSpan(fields[0].Length == 0 ? 1 : 0);
        if (counting.Length < 2) return false;
        for (int i = 0; i < counting.Length; i++)
        {
            if (counting[i] != (i + from).ToString(CultureInfo.InvariantCulture)) return false;
        }
        return true;
    }

    /// <summary>A word whose column holds numbers and nothing else below it.</summary>
    private static string? NameAboveNumbers(List<string[]> records, CellRules cells, Func<string, bool> isNumber)
    {
        string[] first = records[0];
        for (int column = 0; column < first.Length; column++)
        {
            if (isNumber(first[column]) || cells.IsMissingNumber(first[column])) continue;
            int numbers = 0;
            bool areNumbers = true;
            for (int row = 1; row < records.Count && areNumbers; row++)
            {
                if (records[row].Length <= column) continue;
                string cell = records[row][column];
                if (isNumber(cell)) numbers++;
                else areNumbers = cells.IsMissingNumber(cell);
            }
            if (areNumbers && numbers > 0) return first[column];
        }
        return null;
    }

    private static string CountsNote(string path, string[] first, bool isHeader)
    {
        string shown = string.Join(", ", first.Take(5)) + (first.Length > 5 ? ", …" : "");
        return isHeader
            ? $"{path}: the first line counts ({shown}) and is taken for names: state header: false if it is a row."
            : $"{path}: the first line counts ({shown}) and is read as a row: state header: true if it has names.";
    }
}
