using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Describing;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data;

/// <summary>Describes a file of rows. Text columns are taken for categories, bad rows are listed rather than
/// fatal.</summary>
public static class DataInfo
{
    public const int FeaturesDescribedMax = 10_000;

    /// <summary>
    /// Reads all of a file. For an IDX file without <see cref="DataSource.Labels"/> there is no target.
    /// </summary>
    /// <exception cref="InputException">It cannot be read at all.</exception>
    public static DataDescription Describe(DataSource source) => InputFile.Guard(() => Read(source));

    private static DataDescription Read(DataSource source)
    {
        string[] problems = [.. InputFile.Problems(source)];
        if (problems.Length > 0) throw new InputException([.. problems]);
        string format = FormatGuess.Of(source);
        problems = [.. SourceRules.Problems(source, format)];
        if (problems.Length > 0) throw new InputException([.. problems]);

        var bad = new BadRows(source.Path, BadRows.Quarantine, int.MaxValue);
        var description = format switch
        {
            DataFormat.Csv => DescribeCsv(source, bad),
            DataFormat.Parquet => DescribeParquet(source, bad),
            DataFormat.Idx =>
                Describer.Of(IdxReader.Read(source, source.Labels is null ? TargetKind.None : TargetKind.Number)),
            _ => DescribeLibSvm(source, bad),
        };
        return description with
        {
            Format = format,
            IsFormatGuessed = source.Format is null,
            BadRows = [.. bad.Rows],
        };
    }

    private static DataDescription DescribeLibSvm(DataSource source, BadRows bad)
    {
        var plan = new IndexPlan(null, 0, IgnoresGroups: true) { FeaturesMax = int.MaxValue - 1 };
        bool hasSeveral = LibSvmReader.HasSeveralLabels(source.Path);
        var data = LibSvmReader.Read(source, plan, hasSeveral ? TargetKind.Labels : TargetKind.Number, bad);
        data.Settle();
        return Describer.Of(data) with { Suggestions = [.. Suggestions.Of(data, hasSeveral)] };
    }

    private static DataDescription DescribeCsv(DataSource source, BadRows bad)
    {
        var layout = CsvLayout.Of(source, TablePlan.NamesIn(source));
        var isText = CsvReader.TextColumns(source, layout);
        var (wanted, kind) = WithCategories(source, layout.Names, isText);
        var plan = TablePlan.Of(wanted, kind, layout.Names, layout.HasHeader);
        return Describer.Of(CsvReader.Read(wanted, layout, plan, kind, bad)) with
        {
            Delimiter = layout.Delimiter,
            HasHeader = layout.HasHeader,
            Suggestions = [.. Suggestions.Of(layout.Names)],
        };
    }

    private static DataDescription DescribeParquet(DataSource source, BadRows bad)
    {
        var table = new ParquetTable(source);
        var unreadable = table.Names.Where((name, i) => !table.IsReadable(i) && !source.Ignore.Contains(name));
        source = source with { Ignore = [.. source.Ignore, .. unreadable] };
        var (wanted, kind) = WithCategories(source, table.Names, [.. table.Names.Select((_, i) => table.IsTextAt(i))]);
        var plan = TablePlan.Of(wanted, kind, table.Names, hasHeader: true);
        return Describer.Of(table.Read(plan, kind, bad)) with { Suggestions = [.. Suggestions.Of(table.Names)] };
    }

    /// <summary>The source with text columns as categories and missing values allowed, and how its target is
    /// read.</summary>
    private static (DataSource Source, TargetKind Kind) WithCategories(DataSource source, string[] names, bool[] isText)
    {
        bool hasOtherColumns = names.Length - source.Ignore.Length > 1;
        if (source.Target.IsEmpty && hasOtherColumns)
        {
            string? last = names.LastOrDefault(n => !source.Ignore.Contains(n) && !source.Categorical.Contains(n));
            if (last is not null) source = source with { Target = [last] };
        }
        var categories = names.Where((name, i) => isText[i] && !source.Target.Contains(name)
            && !source.Ignore.Contains(name) && !source.Categorical.Contains(name));
        bool isClass = source.Target.Any(t => Array.IndexOf(names, t) is >= 0 and var i && isText[i]);
        return (
            source with { Categorical = [.. source.Categorical, .. categories], HashBuckets = 0, Missing = "mean" },
            source.Target.IsEmpty ? TargetKind.None : isClass ? TargetKind.Class : TargetKind.Number);
    }
}
