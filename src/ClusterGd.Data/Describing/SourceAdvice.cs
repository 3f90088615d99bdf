using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Describing;

/// <summary>The keys that a table asks for, seen from all of its cells.</summary>
/// <param name="Source">With the keys that were stated and those that are suggested.</param>
internal sealed record SourceAdvice(
    DataSource Source, TargetKind Kind, ImmutableArray<Suggestion> Suggestions, ColumnProfile? Target)
{
    private const int ClassesMax = 20;

    /// <summary>Numbers beyond this differ enough in size to slow down or break training.</summary>
    private const double LargestPlain = 10;

    private static readonly string[] s_targetNames =
        ["label", "labels", "target", "class", "y", "outcome", "response", "species", "diagnosis"];

    /// <param name="profiles">Of all columns.</param>
    /// <param name="isCommaBetween">Whether commas separate the columns.</param>
    public static SourceAdvice Of(DataSource source, ColumnProfile[] profiles, bool hasHeader, bool isCommaBetween)
    {
        var suggestions = new List<Suggestion>();
        ColumnProfile[] open = [.. profiles.Where(p => !source.Ignore.Contains(p.Name))];
        if (source.Target.IsEmpty && TargetOf(source, open, hasHeader) is { } choice)
        {
            source = source with { Target = [choice.Column.Name] };
            suggestions.Add(new("target", YamlWords.Word(choice.Column.Name), choice.Reason));
        }
        ColumnProfile[] targets = [.. open.Where(p => source.Target.Contains(p.Name))];
        ColumnProfile[] numbers =
            [.. open.Where(p => !source.Target.Contains(p.Name) && !source.Categorical.Contains(p.Name))];
        string? counter = numbers.Length + source.Categorical.Length > 1 ? profiles[0].Name : null;
        var all = Enumerable.Range(0, ColumnProfile.Marks.Length).ToArray();
        var advice = new ColumnAdvice(
            source, [.. numbers, .. targets.Where(t => all.Any(t.Fits))], isCommaBetween, counter);
        suggestions.AddRange(advice.Suggestions);
        source = source with
        {
            Decimal = advice.Marks.Index == 0 ? source.Decimal : advice.Marks.Rules.Decimal,
            Thousands = advice.Marks.Index == 0 ? source.Thousands : advice.Marks.Rules.Thousands,
            Delimiter = advice.HasBlanks ? "blanks" : source.Delimiter,
            Categorical = [.. source.Categorical, .. advice.Categories],
            Ignore = [.. source.Ignore, .. advice.Useless],
            MissingTokens = [.. source.MissingTokens, .. advice.Strays],
        };
        ColumnProfile[] used = [.. open.Where(p => !source.Ignore.Contains(p.Name) && !source.Target.Contains(p.Name))];
        if (source.Missing == "error" && used.Where(p => IsMissing(source, p)).Select(p => p.Name).ToArray() is
            { Length: > 0 } missing)
        {
            suggestions.Add(new("missing", "mean", $"{string.Join(", ", missing.Take(8))}: some cells have no value"));
        }
        if (!source.Standardize && used.Any(p => IsNumber(source, p) && p.LargestMagnitude > LargestPlain))
        {
            suggestions.Add(new("standardize", "true", "the columns differ in size"));
            source = source with { Standardize = true };
        }
        var kind = targets.Length == 0 ? TargetKind.None
            : targets.All(t => t.Fits(advice.Marks.Index)) ? TargetKind.Number : TargetKind.Class;
        return new SourceAdvice(
            source, kind, [.. suggestions], targets.Length == 1 ? targets[0] : null);
    }

    private static bool IsNumber(DataSource source, ColumnProfile column) => !source.Categorical.Contains(column.Name);

    private static bool IsMissing(DataSource source, ColumnProfile column) => IsNumber(source, column)
        ? column.HasMissing || source.MissingTokens.Any(column.Words.ContainsKey) : column.Empty > 0;

    private static (ColumnProfile Column, string Reason)? TargetOf(
        DataSource source, ColumnProfile[] columns, bool hasHeader)
    {
        ColumnProfile[] free = [.. columns.Where(c => !source.Categorical.Contains(c.Name))];
        if (free.Length == 0 || columns.Length < 2) return null;
        var named = free.LastOrDefault(c => s_targetNames.Contains(c.Name, StringComparer.OrdinalIgnoreCase));
        if (hasHeader && named is not null) return (named, "by its name; nothing is stated");
        var (first, last) = (free[0], free[^1]);
        if (!AreClasses(last) && !last.AreWhole && AreClasses(first) && first == columns[0])
        {
            return (first, "the first column holds a few classes and the last one does not; nothing is stated");
        }
        return (last, "the last column; nothing is stated");
    }

    private static bool AreClasses(ColumnProfile column) => column.Present > 0 && column.AreWhole
        && column.Labels is { Count: > 1 and <= ClassesMax } labels && 2L * labels.Count <= column.Present;
}
