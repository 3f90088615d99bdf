using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
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
        var (layout, advice) = Advise(source);
        // Other marks in numbers, or another delimiter, may show another header and other columns.
        var isOther = advice.Suggestions.Where(s => s.Key is "delimiter" or "decimal" or "thousands").ToArray();
        if (isOther.Length > 0)
        {
            (layout, advice) = Advise(source with
            {
                Delimiter = advice.Source.Delimiter, Decimal = advice.Source.Decimal,
                Thousands = advice.Source.Thousands,
            });
        }
        var wanted = ForReading(advice.Source);
        var plan = TablePlan.Of(wanted, advice.Kind, layout.Names, layout.HasHeader);
        plan = plan with { KeepsDoubles = true, IsTraining = false };
        var data = CsvReader.Read(wanted, layout, plan, advice.Kind, bad);
        return WithAdvice(data, advice) with
        {
            Suggestions = [.. isOther, .. advice.Suggestions, .. Suggestions.Of(source, layout.Names)],
            Delimiter = layout.Delimiter.Word,
            HasHeader = layout.HasHeader,
        };
    }

    private static (CsvLayout Layout, SourceAdvice Advice) Advise(DataSource source)
    {
        var layout = CsvLayout.Of(source, TablePlan.NamesIn(source), CellRules.Of(source));
        var profiles = CsvReader.Profile(source.Path, layout);
        return (layout, SourceAdvice.Of(source, profiles, layout.HasHeader, layout.Delimiter.Character == ','));
    }

    private static DataDescription DescribeParquet(DataSource source, BadRows bad)
    {
        var table = new ParquetTable(source);
        var unreadable = table.Names.Where((name, i) => !table.IsReadable(i) && !source.Ignore.Contains(name));
        source = source with { Ignore = [.. source.Ignore, .. unreadable] };
        var advice = SourceAdvice.Of(source, new ParquetTable(source).Profile(), true, isCommaBetween: false);
        var wanted = ForReading(advice.Source);
        var plan = TablePlan.Of(wanted, advice.Kind, table.Names, hasHeader: true);
        plan = plan with { KeepsDoubles = true, IsTraining = false };
        return WithAdvice(table.Read(plan, advice.Kind, bad), advice) with
        {
            Suggestions = [.. advice.Suggestions, .. Suggestions.Of(source, table.Names)],
        };
    }

    /// <summary>Missing values are shown, whatever they would become.</summary>
    private static DataSource ForReading(DataSource source) => source with
    {
        HashBuckets = 0,
        Missing = "mean",
    };

    private static DataDescription WithAdvice(TableData data, SourceAdvice advice)
    {
        var description = Describer.Of(data);
        // The labels as the file has them, not as floats.
        if (advice is { Kind: TargetKind.Number, Target: { Labels: { } labels, AreWhole: true } }
            && description.Targets is [var target])
        {
            var classes = ClassLabels.Count(data.Path, labels);
            description = description with { Targets = [target with { Classes = classes }] };
        }
        bool isMissing = advice.Suggestions.Any(s => s.Key == "missing");
        return description with
        {
            Suggestions = advice.Suggestions,
            Advised = isMissing ? advice.Source with { Missing = "mean" } : advice.Source,
            Notes = [.. data.Notes, .. TableNotes.Of(data, advice.Source)],
        };
    }
}
