using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using Sylvan.Data.Csv;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Reads delimited text (RFC 4180 with any delimiter, UTF-8). A record with another number of fields than the first
/// is a bad row; blank lines are skipped.
/// </summary>
internal static class CsvReader
{
    public static TableData Read(DataSource source, CsvLayout layout, TablePlan plan, TargetKind kind, BadRows bad)
    {
        using var stream = InputFile.Open(source.Path);
        using var text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), true, 64 * 1024);
        var builder = new TableBuilder(source.Path, plan, kind, bad);
        long line = 1;
        try
        {
            using var reader = CsvDataReader.Create(text, CsvLayout.Options(layout.Delimiter));
            bool isHeader = layout.HasHeader;
            while (reader.Read())
            {
                if (!CsvLayout.IsBlank(reader) || layout.Names.Length == 1)
                {
                    if (!isHeader) ReadRow(reader, layout, plan, builder, line);
                    isHeader = isHeader && CsvLayout.IsBlank(reader);
                }
                line += Math.Max(1, reader.GetRawRecordSpan().Count('\n'));
            }
        }
        catch (Exception e) when (e is CsvFormatException or CsvRecordTooLargeException)
        {
            throw new InputException($"{source.Path}:{line}: {e.Message.TrimEnd('.')}: mend the quotes of the file.");
        }
        catch (DecoderFallbackException)
        {
            throw new InputException($"{source.Path}: after line {line} there are bytes that are not UTF-8: convert the file.");
        }
        return builder.Finish();
    }

    private static void ReadRow(CsvDataReader reader, CsvLayout layout, TablePlan plan, TableBuilder builder, long line)
    {
        builder.BeginRow(line);
        if (reader.RowFieldCount != layout.Names.Length)
        {
            builder.Fail($"{reader.RowFieldCount} fields, but the first line has {layout.Names.Length}: mend the row.");
        }
        else
        {
            foreach (var column in plan.Columns)
            {
                if (column.Role != ColumnRole.Ignored && column.Index >= 0) builder.Add(column, reader.GetFieldSpan(column.Index));
            }
        }
        builder.EndRow();
    }
}
