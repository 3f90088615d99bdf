using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Fits vocabularies, means and deviations on the training rows of a table, in double precision.</summary>
internal sealed class TableFit(TableData data, DataSource source, int[]? rows)
{
    /// <summary>More features than this have no names: they would take more memory than they are worth.</summary>
    private const int NamedFeaturesMax = 100_000;

    private readonly int _count = rows?.Length ?? data.Count;
    private int _features;

    /// <param name="schema">Of the targets; the features are filled in.</param>
    public DataEncoding Fit(DataSchema schema)
    {
        var columns = ImmutableArray.CreateBuilder<ColumnEncoding>(data.Plan.Columns.Length);
        var names = new List<string>();
        int number = 0, category = 0;
        foreach (var planned in data.Plan.Columns)
        {
            var column = new ColumnEncoding { Name = planned.Name, Index = planned.Index, Role = planned.Role };
            if (planned.Role == ColumnRole.Number) column = FitNumber(column, number++, names);
            if (planned.Role == ColumnRole.Category) column = FitCategory(column, category++, names);
            columns.Add(column);
        }
        int buckets = data.CategoryColumns.IsEmpty ? 0 : source.HashBuckets;
        Sizes.CheckFeatures(data.Path, (long)_features + buckets);
        for (int i = 0; i < buckets && names.Count < NamedFeaturesMax; i++) names.Add($"hash[{i}]");
        _features += buckets;
        bool hasNames = (data.Plan.HasHeader || !data.CategoryColumns.IsEmpty) && names.Count == _features;

        long stored = data.NumberColumns.Length + data.CategoryColumns.Length;
        var encoding = new DataEncoding
        {
            Format = DataFormat.Csv,
            Schema = schema with { FeatureCount = _features, FeatureNames = hasNames ? [.. names] : [] },
            IsSparse = DataEncoding.IsBetterSparse(stored, _features),
            Scale = source.Scale,
            Columns = columns.MoveToImmutable(),
            HasHeader = data.Plan.HasHeader,
            Missing = source.Missing,
            Decimal = source.Decimal,
            Thousands = source.Thousands,
            MissingTokens = source.MissingTokens,
            HashBuckets = buckets,
        };
        return source.Standardize ? Standardize(encoding) : encoding;
    }

    private ColumnEncoding FitNumber(ColumnEncoding column, int number, List<string> names)
    {
        names.Add(column.Name);
        // Kept whatever the rule here: rows to predict may lack what no training row lacked.
        double? mean = MeanOf(number);
        double? fill = source.Missing switch
        {
            "error" => null,
            "mean" => mean ?? throw new InputException(
                $"{data.Path}: column '{column.Name}' has no value in any training row, so it has no mean: ignore it."),
            _ => double.Parse(source.Missing, CultureInfo.InvariantCulture),
        };
        return column with { FirstFeature = _features++, Fill = fill, Mean = mean };
    }

    private ColumnEncoding FitCategory(ColumnEncoding column, int category, List<string> names)
    {
        if (source.HashBuckets > 0) return column;
        var values = data.Categories[category].Values;
        var isSeen = new bool[values.Count];
        for (int i = 0; i < _count; i++) isSeen[data.Codes[Row(i) * data.CategoryColumns.Length + category]] = true;
        ImmutableArray<string> vocabulary = [.. values.Where((_, code) => isSeen[code]).Order(StringComparer.Ordinal)];
        Sizes.CheckFeatures(data.Path, (long)_features + vocabulary.Length);
        if (_features + vocabulary.Length <= NamedFeaturesMax)
        {
            names.AddRange(vocabulary.Select(v => $"{column.Name}={(v.Length == 0 ? "?" : v)}"));
        }
        int first = _features;
        _features += vocabulary.Length;
        return column with { FirstFeature = first, Vocabulary = vocabulary };
    }

    private double? MeanOf(int number)
    {
        double sum = 0;
        int present = 0;
        for (int i = 0; i < _count; i++)
        {
            double x = Number(i, number);
            if (double.IsNaN(x)) continue;
            sum += x;
            present++;
        }
        return present > 0 ? sum / present : null;
    }

    /// <summary>Numbers are standardised; the 0 and 1 of categories stay as they are.</summary>
    private DataEncoding Standardize(DataEncoding encoding)
    {
        var means = new double[_features];
        var deviations = new double[_features];
        Array.Fill(deviations, 1);
        int number = 0;
        foreach (var column in encoding.Columns)
        {
            if (column.Role != ColumnRole.Number) continue;
            int of = number++;
            (means[column.FirstFeature], deviations[column.FirstFeature]) = Moments.Of(_count, i =>
            {
                double x = Number(i, of);
                return (double.IsNaN(x) ? column.Fill!.Value : x) / encoding.Scale;
            });
        }
        return encoding with { Means = [.. means], Deviations = [.. deviations] };
    }

    private int Row(int i) => rows is null ? i : rows[i];

    private double Number(int i, int number) => data.Numbers[number][Row(i)];
}
