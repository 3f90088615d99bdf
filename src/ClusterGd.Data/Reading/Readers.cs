using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The reader of each format. A file is opened first, which shows its columns, and read then.</summary>
internal static class Readers
{
    /// <summary>How to read a training file, and the plan that files like it follow; no plan for formats
    /// without columns.</summary>
    public static (Func<RawData> Read, TablePlan? Plan) Open(
        DataSource source, string format, TargetKind kind, BadRows bad)
    {
        switch (format)
        {
            case DataFormat.Csv:
                var layout = CsvLayout.Of(source, TablePlan.NamesIn(source), CellRules.Of(source));
                var plan = TablePlan.Of(source, kind, layout.Names, layout.HasHeader);
                return (() => CsvReader.Read(source, layout, plan, kind, bad), plan);
            case DataFormat.Parquet:
                var table = new ParquetTable(source);
                var tablePlan = TablePlan.Of(source, kind, table.Names, hasHeader: true);
                return (() => table.Read(tablePlan, kind, bad), tablePlan);
            default:
                return (() => ReadPlain(source, format, IndexPlan.Of(source), kind, bad), null);
        }
    }

    /// <summary>How to read another file for the same model.</summary>
    /// <param name="trained">How the columns of the training file are read; null for formats without columns.</param>
    /// <param name="indices">How the indices of the training file are read.</param>
    public static Func<RawData> OpenLike(
        DataSource source, string format, TargetKind kind, bool needTargets, TablePlan? trained, IndexPlan indices,
        BadRows bad)
    {
        RequireSameKind(source, format, trained);
        switch (format)
        {
            case DataFormat.Csv:
                var layout = CsvLayout.Of(
                    source, trained!.HasHeader ? [.. trained.Columns.Select(c => c.Name)] : [],
                    trained.Cells.For(source));
                var plan = TablePlan.Like(source, trained, needTargets, layout.Names, layout.HasHeader);
                return () => CsvReader.Read(source, layout, plan, kind, bad);
            case DataFormat.Parquet:
                var table = new ParquetTable(source);
                var tablePlan = TablePlan.Like(source, trained!, needTargets, table.Names, hasHeader: true);
                return () => table.Read(tablePlan, kind, bad);
            default:
                return () => ReadPlain(source, format, indices, kind, bad);
        }
    }

    /// <summary>Gives the rows of another file for the same model in parts, so that not all are held.</summary>
    public static void ReadParts(
        DataSource source, string format, TargetKind kind, bool needTargets, TablePlan? trained, IndexPlan indices,
        BadRows bad, int rowsMax, Action<RawData> take)
    {
        RequireSameKind(source, format, trained);
        switch (format)
        {
            case DataFormat.Csv:
                var layout = CsvLayout.Of(
                    source, trained!.HasHeader ? [.. trained.Columns.Select(c => c.Name)] : [],
                    trained.Cells.For(source));
                var plan = TablePlan.Like(source, trained, needTargets, layout.Names, layout.HasHeader);
                CsvReader.ReadParts(source, layout, plan, kind, bad, rowsMax, take);
                break;
            case DataFormat.Parquet:
                var table = new ParquetTable(source);
                var tablePlan = TablePlan.Like(source, trained!, needTargets, table.Names, hasHeader: true);
                table.ReadParts(tablePlan, kind, bad, rowsMax, take);
                break;
            case DataFormat.Idx:
                IdxReader.ReadParts(source, kind, rowsMax, take);
                break;
            default:
                LibSvmReader.ReadParts(source, indices, kind, bad, rowsMax, take);
                break;
        }
    }

    private static void RequireSameKind(DataSource source, string format, TablePlan? trained)
    {
        bool isTable = format is DataFormat.Csv or DataFormat.Parquet;
        if (isTable == trained is not null) return;
        throw new InputException(
            $"{source.Path} has {(isTable ? "columns (" : "no columns (")}{format}), but the training file has " +
            $"{(isTable ? "none" : "some")}: give both in formats of one kind.");
    }

    private static RawData ReadPlain(
        DataSource source, string format, IndexPlan indices, TargetKind kind, BadRows bad) => format switch
    {
        DataFormat.Idx => IdxReader.Read(source, kind),
        _ => LibSvmReader.Read(source, indices, kind, bad),
    };
}
