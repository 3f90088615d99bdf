using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data;

/// <summary>
/// Whether an encoding that comes from a file can be used: rows are read with it without further checks.
/// </summary>
internal static class EncodingChecks
{
    private const int ProblemsMax = 5;

    /// <summary>What was a missing value in categories before a job could state it.</summary>
    private static readonly ImmutableArray<string> s_oldTokens = ["?", "NA", "nan", "NaN", "NAN", "Nan"];

    /// <summary>Lists that the file leaves out are empty.</summary>
    public static DataEncoding Complete(DataEncoding encoding) => encoding with
    {
        Schema = encoding.Schema is null ? null! : encoding.Schema with
        {
            FeatureNames = Listed(encoding.Schema.FeatureNames),
            ClassNames = Listed(encoding.Schema.ClassNames),
        },
        Columns = [.. Listed(encoding.Columns).Select(
            c => c is null ? null! : c with { Vocabulary = Listed(c.Vocabulary) })],
        Missing = encoding.Missing ?? "error",
        MissingTokens = encoding.MissingTokens.IsDefault ? s_oldTokens : encoding.MissingTokens,
        Means = Listed(encoding.Means),
        Deviations = Listed(encoding.Deviations),
    };

    public static IEnumerable<string> Problems(DataEncoding encoding) => encoding.Schema is null
        ? ["schema is null"]
        : OfSchema(encoding.Schema).Concat(OfNumbers(encoding)).Concat(OfColumns(encoding)).Take(ProblemsMax);

    private static ImmutableArray<T> Listed<T>(ImmutableArray<T> list) => list.IsDefault ? [] : list;

    private static IEnumerable<string> OfSchema(DataSchema schema)
    {
        int count = schema.FeatureCount;
        if (count < 1 || count > Sizes.FeaturesMax)
        {
            yield return $"schema.featureCount is {count}, allowed is 1 to {Sizes.FeaturesMax}";
        }
        if (!Enum.IsDefined(schema.TargetKind)) yield return $"schema.targetKind is {schema.TargetKind}";
        bool isClass = schema.TargetKind is TargetKind.BinaryClass or TargetKind.Class;
        int most = schema.TargetKind == TargetKind.Number ? Sizes.TableColumnsMax : isClass ? 1 : 0;
        if (schema.TargetCount < Math.Min(1, most) || schema.TargetCount > most)
        {
            yield return $"schema.targetCount is {schema.TargetCount} for targets of kind {schema.TargetKind}";
        }
        if (!schema.FeatureNames.IsEmpty && schema.FeatureNames.Length != count)
        {
            yield return $"schema.featureNames has {schema.FeatureNames.Length} names for {count} features";
        }
        if (schema.FeatureNames.Concat(schema.ClassNames).Any(n => n is null)) yield return "a name in schema is null";
        bool fits = schema.TargetKind switch
        {
            TargetKind.BinaryClass => schema.ClassNames.Length == 2,
            TargetKind.Class => schema.ClassNames.Length is >= 2 and <= Sizes.ClassesMax,
            _ => schema.ClassNames.IsEmpty,
        };
        if (!fits || schema.ClassNames.Distinct(StringComparer.Ordinal).Count() != schema.ClassNames.Length)
        {
            yield return $"schema.classNames are not the classes of targets of kind {schema.TargetKind}";
        }
    }

    private static IEnumerable<string> OfNumbers(DataEncoding encoding)
    {
        int count = encoding.Schema.FeatureCount;
        if (!DataFormat.All.Contains(encoding.Format)) yield return $"format is '{encoding.Format}'";
        if (!(encoding.Scale > 0) || !double.IsFinite(encoding.Scale)) yield return $"scale is {encoding.Scale}";
        if (!encoding.Means.IsEmpty && encoding.Means.Length != count)
        {
            yield return $"means has {encoding.Means.Length} numbers for {count} features";
        }
        if (encoding.Means.Length != encoding.Deviations.Length) yield return "means and deviations differ in length";
        if (encoding.Means.Any(m => !double.IsFinite(m))) yield return "a mean is not finite";
        if (encoding.Deviations.Any(d => !(d > 0) || !double.IsFinite(d))) yield return "a deviation is not above 0";
        if (encoding.HashBuckets < 0 || encoding.HashBuckets > count)
        {
            yield return $"hashBuckets is {encoding.HashBuckets} of {count} features";
        }
        if (encoding.Decimal is not (null or "." or ",")) yield return $"decimal is '{encoding.Decimal}'";
        if (encoding.Thousands is { } mark && !Core.Jobs.DataSource.IsThousandsMark(mark))
        {
            yield return $"thousands is '{mark}'";
        }
        if (encoding.MissingTokens.Any(t => t is null)) yield return "a word of missingTokens is null";
    }

    private static IEnumerable<string> OfColumns(DataEncoding encoding)
    {
        bool isTable = encoding.Format is DataFormat.Csv or DataFormat.Parquet;
        if (encoding.Columns.IsEmpty == isTable) yield return $"its columns do not fit the format {encoding.Format}";
        int next = 0;
        for (int i = 0; i < encoding.Columns.Length; i++)
        {
            var column = encoding.Columns[i];
            if (column?.Name is null || !Enum.IsDefined(column.Role) || column.Index != i)
            {
                yield return $"columns.{i} has no name, an unknown role or another index";
                continue;
            }
            bool isHashed = column.Role == ColumnRole.Category && encoding.HashBuckets > 0;
            int width = column.Role == ColumnRole.Number ? 1 : isHashed ? 0 : column.Vocabulary.Length;
            bool isFeature = column.Role is ColumnRole.Number or ColumnRole.Category && !isHashed;
            int first = isFeature ? next : -1;
            if (column.FirstFeature != first)
            {
                yield return $"columns.{i}.firstFeature is {column.FirstFeature}, expected is {first}";
            }
            next += isFeature ? width : 0;
            if (!IsAscending(column.Vocabulary)) yield return $"columns.{i}.vocabulary is not in ordinal order";
            bool needsFill = column.Role == ColumnRole.Number && encoding.Missing != "error";
            if (column.Fill is { } fill ? !double.IsFinite(fill) : needsFill)
            {
                yield return $"columns.{i}.fill is {column.Fill?.ToString() ?? "missing"}";
            }
        }
        if (isTable && next + encoding.HashBuckets != encoding.Schema.FeatureCount)
        {
            yield return $"its columns make {next + encoding.HashBuckets} features, and " +
                $"schema.featureCount is {encoding.Schema.FeatureCount}";
        }
    }

    private static bool IsAscending(ImmutableArray<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] is null || (i > 0 && string.CompareOrdinal(words[i - 1], words[i]) >= 0)) return false;
        }
        return true;
    }
}
