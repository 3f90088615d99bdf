using System.Collections.Immutable;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>
/// What to state for columns that are not declared and hold more than plain numbers. <c>categorical</c> is never
/// advised for a column that is mostly distinct: it would give each row a feature of its own.
/// </summary>
internal sealed class ColumnAdvice
{
    private const int ListedMax = 8, StraysMax = 5;
    private readonly List<string> _categories = [], _dates = [], _units = [], _names = [], _empty = [], _strays = [];
    private readonly List<string> _counts = [];
    private readonly List<Suggestion> _suggestions = [];

    /// <param name="columns">Those that would be read as numbers.</param>
    /// <param name="isCommaBetween">Whether commas separate the columns.</param>
    /// <param name="counter">A column to ignore if it only counts rows.</param>
    public ColumnAdvice(
        DataSource source, IReadOnlyCollection<ColumnProfile> columns, bool isCommaBetween, string? counter = null)
    {
        Marks = NumberMarks.Of(columns, isCommaBetween);
        var stray = new List<string>();
        int stated = IndexOfStated(source);
        int marks = Marks.Index;
        if (marks != stated) AddMarks(source, [.. columns.Where(c => c.Fits(marks) && !FitsStated(c, stated))]);
        foreach (var column in columns)
        {
            if (column.Name == counter && column.IsRowCount) _counts.Add(column.Name);
            else if (column.Present == 0) _empty.Add(column.Name);
            else if (column.Fits(marks) || column.IsMostly(marks))
            {
                if (column.NotParsed(marks) == 0) continue;
                _strays.Add(column.Name);
                stray.AddRange(StraysOf(column, Marks.Rules));
            }
            else if (column.AreBlankLists) HasBlanks = true;
            else if (column.HaveUnits) _units.Add(column.Name);
            else if (column.AreDates) _dates.Add(column.Name);
            else if (column.IsMostlyDistinct) _names.Add(column.Name);
            else _categories.Add(column.Name);
        }
        AddWords(source, [.. stray.Distinct(StringComparer.Ordinal)]);
    }

    public NumberMarks Marks { get; }

    /// <summary>Whether runs of blanks seem to separate the columns.</summary>
    public bool HasBlanks { get; }

    /// <summary>Columns that tell nothing as they are.</summary>
    public ImmutableArray<string> Useless => [.. _names, .. _dates, .. _units, .. _empty, .. _counts];

    public ImmutableArray<string> Categories => [.. _categories];

    /// <summary>Words among numbers, to be taken for missing values.</summary>
    public ImmutableArray<string> Strays { get; private set; } = [];

    public IReadOnlyList<Suggestion> Suggestions => _suggestions;

    private static int IndexOfStated(DataSource source) => Array.FindIndex(
        ColumnProfile.Marks, m => (m.Decimal ?? ".") == (source.Decimal ?? ".") && m.Thousands == source.Thousands);

    private static bool FitsStated(ColumnProfile column, int stated) => stated >= 0 && column.Fits(stated);

    private static IEnumerable<string> StraysOf(ColumnProfile column, CellRules marks) =>
        column.Words.Keys.Where(w => !marks.TryParse(w, out _, out _));

    private static string Shown(List<string> names)
    {
        var shown = names.Take(ListedMax).Select(n => NumberText.Show(n));
        string more = names.Count > ListedMax ? $" and {names.Count - ListedMax} more" : "";
        return $"{(names.Count == 1 ? "column" : "columns")} {string.Join(", ", shown)}{more}";
    }

    private void AddMarks(DataSource source, List<ColumnProfile> columns)
    {
        if (columns.Count == 0) return;
        var (mark, thousands) = (Marks.Rules.Decimal, Marks.Rules.Thousands);
        string shown = Shown([.. columns.Select(c => c.Name)]), example = Example(columns[0]);
        string isAmbiguous = Marks.IsAmbiguous
            ? $" ({example} may be a little more than one, or more than a thousand: state decimal: ',' or " +
                "thousands: ',', whichever is true)" : "";
        if ((mark ?? ".") != (source.Decimal ?? "."))
        {
            string what = mark == "," ? "a decimal comma" : "a decimal point";
            _suggestions.Add(new("decimal", $"'{mark ?? "."}'", $"{shown}: {example} looks like {what}{isAmbiguous}"));
        }
        if (thousands is not null && thousands != source.Thousands)
        {
            _suggestions.Add(new("thousands", $"'{thousands.Replace("'", "''", StringComparison.Ordinal)}'",
                $"{shown}: {example} looks like a mark between thousands{isAmbiguous}"));
        }
    }

    private static string Example(ColumnProfile column) =>
        NumberText.Show(column.Words.Keys.FirstOrDefault() ?? column.Labels?.Keys.FirstOrDefault() ?? "");

    private void AddWords(DataSource source, List<string> strays)
    {
        if (HasBlanks) _suggestions.Add(new("delimiter", "blanks", "a column holds numbers with blanks between them"));
        if (_categories.Count > 0)
        {
            _suggestions.Add(new("categorical", YamlWords.List([.. source.Categorical, .. _categories]),
                $"{Shown(_categories)}: words, each in several rows"));
        }
        if (strays.Count > 0 && strays.Count <= StraysMax)
        {
            Strays = [.. strays];
            _suggestions.Add(new("missingTokens", YamlWords.List([.. source.MissingTokens, .. strays]),
                $"{Shown(_strays)}: {string.Join(", ", strays.Select(s => NumberText.Show(s)))} among numbers, if it " +
                "stands for a missing value"));
        }
        if (Useless.IsEmpty) return;
        var reasons = new List<string>();
        if (_names.Count > 0) reasons.Add($"{Shown(_names)}: another word in most rows, which tells nothing of others");
        if (_dates.Count > 0) reasons.Add($"{Shown(_dates)}: dates, of use only as a number of days or seconds");
        if (_units.Count > 0) reasons.Add($"{Shown(_units)}: numbers with a sign, of use only without it");
        if (_empty.Count > 0) reasons.Add($"{Shown(_empty)}: no value in any row");
        if (_counts.Count > 0) reasons.Add($"{Shown(_counts)}: only counts the rows");
        _suggestions.Add(new("ignore", YamlWords.List([.. source.Ignore, .. Useless]), string.Join("; ", reasons)));
    }
}
