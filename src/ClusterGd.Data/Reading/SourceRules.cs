using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Reading;

/// <summary>Which keys of a data source its format knows, and which values they may have.</summary>
internal static class SourceRules
{
    private static readonly DataSource s_default = new() { Path = "" };

    public static IEnumerable<string> Problems(DataSource source, string format)
    {
        bool isTable = format is DataFormat.Csv or DataFormat.Parquet;
        foreach (var (key, isStated, isKnown) in Keys(source, format, isTable))
        {
            if (isStated && !isKnown) yield return $"{source.Path}: '{key}' means nothing for the format {format}: " +
                "leave it out.";
        }
        if (!(source.Scale > 0) || double.IsInfinity(source.Scale))
        {
            yield return $"{source.Path}: scale is {Text(source.Scale)}: it must be a number above 0.";
        }
        if (source.Features < 0 || source.Features > Input.Sizes.FeaturesMax)
        {
            yield return $"{source.Path}: features is {source.Features}: it must be 0 … {Input.Sizes.FeaturesMax}.";
        }
        if (source.HashBuckets < 0 || source.HashBuckets > Input.Sizes.FeaturesMax)
        {
            yield return $"{source.Path}: hashBuckets is {source.HashBuckets}: it must be 0 … " +
                $"{Input.Sizes.FeaturesMax}.";
        }
        if (source.Missing is not ("error" or "mean") && !IsFinite(source.Missing))
        {
            yield return $"{source.Path}: missing is '{source.Missing}': it must be error, mean or a number.";
        }
        if (source.Delimiter is { } delimiter && delimiter is not ("blanks" or "tab" or [not ('"' or '\n' or '\r')]))
        {
            yield return $"{source.Path}: the delimiter '{delimiter}' must be one character, such as , or ; or a " +
                "tab, or blanks for runs of spaces and tabs.";
        }
        if (source.Decimal is not (null or "." or ","))
        {
            yield return $"{source.Path}: decimal is '{source.Decimal}': it must be '.' or ','.";
        }
        if (source.Thousands is { } mark && (!DataSource.IsThousandsMark(mark) || mark == (source.Decimal ?? ".")))
        {
            yield return $"{source.Path}: thousands is '{mark}': it must be one of , . ' _ and a blank, and not the " +
                $"decimal mark '{source.Decimal ?? "."}'.";
        }
    }

    /// <summary>What another file of the same model states differently from the training file's encoding.</summary>
    public static IEnumerable<string> ProblemsLike(DataSource source, DataEncoding encoding)
    {
        if (source.Scale != 1 && source.Scale != encoding.Scale)
        {
            yield return $"{source.Path}: scale is {Text(source.Scale)}, but {Text(encoding.Scale)} in training: " +
                "leave it out.";
        }
        if (source.Standardize && encoding.Means.IsEmpty)
        {
            yield return $"{source.Path}: standardize is stated, but the training rows were not: leave it out.";
        }
        if (source.Missing != s_default.Missing && source.Missing != encoding.Missing)
        {
            yield return $"{source.Path}: missing is '{source.Missing}', but '{encoding.Missing}' in training: " +
                "leave it out.";
        }
        if (source.HashBuckets != 0 && source.HashBuckets != encoding.HashBuckets)
        {
            yield return
                $"{source.Path}: hashBuckets is {source.HashBuckets}, but {encoding.HashBuckets} in training: leave " +
                "it out.";
        }
        if (source.Features > encoding.Schema.FeatureCount)
        {
            yield return
                $"{source.Path}: features is {source.Features}, but the training rows have " +
                $"{encoding.Schema.FeatureCount}: leave it out.";
        }
    }

    private static ImmutableArray<(string Key, bool IsStated, bool IsKnown)> Keys(
        DataSource source, string format, bool isTable) =>
    [
        ("target", !source.Target.IsEmpty, isTable),
        ("categorical", !source.Categorical.IsEmpty, isTable),
        ("ignore", !source.Ignore.IsEmpty, isTable),
        ("hashBuckets", source.HashBuckets != 0, isTable),
        ("missing", source.Missing != s_default.Missing, isTable),
        ("decimal", source.Decimal is not null, isTable),
        ("thousands", source.Thousands is not null, isTable),
        ("missingTokens", !source.MissingTokens.IsEmpty, isTable),
        ("header", source.Header is not null, format == DataFormat.Csv),
        ("delimiter", source.Delimiter is not null, format == DataFormat.Csv),
        ("standardize", source.Standardize, format != DataFormat.LibSvm),
        ("labels", source.Labels is not null, format == DataFormat.Idx),
        ("features", source.Features != 0, format == DataFormat.LibSvm),
    ];

    private static bool IsFinite(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
