using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>Ranges, classes and first rows of parsed data, before any encoding.</summary>
internal static class Describer
{
    private const int PreviewRowsMax = 5, PreviewCellsMax = 12, ClassesMax = 100;

    public static DataDescription Of(SparseData data)
    {
        int described = Math.Min(data.LargestIndex, DataInfo.FeaturesDescribedMax);
        var ranges = Ranges(described);
        for (int k = 0; k < data.Values.Count; k++)
        {
            if (data.Columns[k] < described) ranges[data.Columns[k]].Add(data.Values[k]);
        }
        var features = ImmutableArray.CreateBuilder<FeatureDescription>(described);
        for (int f = 0; f < described; f++)
        {
            ranges[f].AddZeros(data.Count - ranges[f].Count);
            features.Add(Feature(Text(f + 1), ranges[f], 0));
        }
        double squares = 0;
        foreach (float x in data.Values.Span) squares += (double)x * x;
        return Basics(data, data.LargestIndex, data.Values.Count) with
        {
            ColumnCount = data.LargestIndex,
            MeanSquaredLength = squares / data.Count,
            Targets = Targets(data, ["label"]),
            FeatureRanges = features.MoveToImmutable(),
            FirstRows = Preview(data, row => Enumerable.Range(data.Starts[row], data.Starts[row + 1] - data.Starts[row])
                .Select(k => KeyValuePair.Create(Text(data.Columns[k] + 1), Text(data.Values[k])))),
        };
    }

    public static DataDescription Of(GridData data)
    {
        int described = Math.Min(data.Features, DataInfo.FeaturesDescribedMax);
        double squares = 0;
        var ranges = Ranges(described);
        for (int row = 0; row < data.Count; row++)
        {
            for (int f = 0; f < described; f++) ranges[f].Add(data.ValueAt(row, f));
            for (int f = 0; f < data.Features; f++) squares += (double)data.ValueAt(row, f) * data.ValueAt(row, f);
        }
        return Basics(data, data.Features, (long)data.Count * data.Features) with
        {
            ColumnCount = data.Features,
            MeanSquaredLength = squares / data.Count,
            Targets = Targets(data, ["label"]),
            FeatureRanges = [.. ranges.Select((range, f) => Feature(Text(f), range, 0))],
            FirstRows = Preview(data, row => Enumerable.Range(0, data.Features).Where(f => data.ValueAt(row, f) != 0)
                .Select(f => KeyValuePair.Create(Text(f), Text((float)data.ValueAt(row, f))))),
        };
    }

    public static DataDescription Of(TableData data)
    {
        int numbers = data.NumberColumns.Length, categories = data.CategoryColumns.Length;
        var ranges = Ranges(numbers);
        var missing = new long[numbers + categories];
        for (int row = 0; row < data.Count; row++)
        {
            for (int c = 0; c < numbers; c++)
            {
                double x = data.Numbers[c][row];
                if (double.IsNaN(x)) missing[c]++;
                else ranges[c].Add(x);
            }
            for (int c = 0; c < categories; c++)
            {
                if (Category(data, row, c).Length == 0) missing[numbers + c]++;
            }
        }
        int features = numbers + data.Categories.Sum(c => c.Values.Count);
        var described = data.NumberColumns.Select((c, i) => (c.Index, Feature(c.Name, ranges[i], missing[i])))
            .Concat(data.CategoryColumns.Select((c, i) => (c.Index, new FeatureDescription(
                c.Name, null, null, null, missing[numbers + i], data.Categories[i].Values.Count(v => v.Length > 0)))))
            .OrderBy(c => c.Index).Select(c => c.Item2).Take(DataInfo.FeaturesDescribedMax);
        return Basics(data, features, (long)data.Count * (numbers + categories)) with
        {
            ColumnCount = numbers + categories,
            Targets = Targets(data, [.. data.Plan.Columns.Where(c => c.Role == ColumnRole.Target).Select(c => c.Name)]),
            FeatureRanges = [.. described],
            FirstRows = Preview(data, row => Cells(data, row)),
        };
    }

    private static DataDescription Basics(RawData data, int features, long stored) => new()
    {
        Path = data.Path,
        Format = "",
        IsFormatGuessed = false,
        Rows = data.Count,
        Features = features,
        StoredValues = stored,
    };

    private static RangeSum[] Ranges(int count)
    {
        var ranges = new RangeSum[count];
        Array.Fill(ranges, new RangeSum());
        return ranges;
    }

    private static FeatureDescription Feature(string name, RangeSum range, long missing) =>
        new(name, range.Min, range.Max, range.Mean, missing, 0);

    private static ImmutableArray<TargetDescription> Targets(RawData data, ImmutableArray<string> names)
    {
        var raw = data.Targets;
        if (raw.Count == 0) return [];
        if (raw.Codes.Count > 0) return [ClassesOf(raw, names[0])];
        var targets = ImmutableArray.CreateBuilder<TargetDescription>(names.Length);
        for (int target = 0; target < names.Length; target++)
        {
            var range = new RangeSum();
            var counts = new SortedDictionary<float, long>();
            for (int row = 0; row < data.Count; row++)
            {
                float value = raw.Numbers[row * raw.Count + target];
                range.Add(value);
                if (counts.Count <= ClassesMax) counts[value] = counts.GetValueOrDefault(value) + 1;
            }
            bool areClasses = counts.Count <= ClassesMax && counts.Keys.All(v => v == MathF.Truncate(v));
            targets.Add(new TargetDescription(
                names[target],
                areClasses ? [.. counts.Select(c => new ClassCount(ClassLabels.Name(c.Key), c.Value))] : [],
                range.Min, range.Max, range.Mean));
        }
        return targets.MoveToImmutable();
    }

    private static TargetDescription ClassesOf(RawTargets raw, string name)
    {
        var counts = new long[raw.Labels.Names.Count];
        foreach (int code in raw.Codes.Span) counts[code]++;
        var byName = raw.Labels.Names.Zip(counts).ToDictionary(c => c.First, c => c.Second, StringComparer.Ordinal);
        var classes = ClassLabels.Sort(raw.Labels.Names).Take(ClassesMax).Select(n => new ClassCount(n, byName[n]));
        return new TargetDescription(name, [.. classes], null, null, null);
    }

    private static ImmutableArray<PreviewRow> Preview(
        RawData data, Func<int, IEnumerable<KeyValuePair<string, string>>> cells) =>
    [
        .. Enumerable.Range(0, Math.Min(data.Count, PreviewRowsMax))
            .Select(row => new PreviewRow(TargetText(data.Targets, row), [.. cells(row).Take(PreviewCellsMax)])),
    ];

    private static string TargetText(RawTargets targets, int row)
    {
        if (targets.Count == 0) return "";
        if (targets.Codes.Count > 0) return targets.Labels.Names[targets.Codes[row]];
        return string.Join(
            ", ", Enumerable.Range(0, targets.Count).Select(t => Text(targets.Numbers[row * targets.Count + t])));
    }

    private static IEnumerable<KeyValuePair<string, string>> Cells(TableData data, int row)
    {
        int number = 0, category = 0;
        foreach (var column in data.Plan.Columns)
        {
            if (column.Role == ColumnRole.Number)
            {
                double x = data.Numbers[number++][row];
                yield return KeyValuePair.Create(column.Name, double.IsNaN(x) ? "?" : Text(x));
            }
            else if (column.Role == ColumnRole.Category)
            {
                string text = Category(data, row, category++);
                yield return KeyValuePair.Create(column.Name, text.Length == 0 ? "?" : text);
            }
        }
    }

    private static string Category(TableData data, int row, int category) =>
        data.Categories[category].Values[data.Codes[row * data.CategoryColumns.Length + category]];

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
