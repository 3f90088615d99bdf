using System.Buffers;
using System.Text;
using System.Text.Unicode;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Describing;
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
        var builder = new TableBuilder(source.Path, plan, kind, bad);
        TableData data;
        try
        {
            Visit(source.Path, layout, (reader, line) => ReadRow(reader, layout, plan, builder, line));
            data = builder.Finish();
        }
        catch (InputException refused) when (builder.HasWords && plan.IsTraining)
        {
            throw WordAdvice.Explain(
                refused, source, plan, Profile(source.Path, layout), kind, layout.Delimiter.Character == ',');
        }
        data.Notes.AddRange(layout.Notes);
        data.FirstLineMayBeNames = !layout.HasHeader && layout.IsHeaderGuessed;
        data.Unnamed = layout.Unnamed;
        return data;
    }

    /// <summary>Gives the rows in parts, each of about so many rows, good and bad ones together.</summary>
    public static void ReadParts(
        DataSource source, CsvLayout layout, TablePlan plan, TargetKind kind, BadRows bad, int rowsMax,
        Action<TableData> take)
    {
        var builder = new TableBuilder(source.Path, plan, kind, bad);
        Visit(source.Path, layout, (reader, line) =>
        {
            ReadRow(reader, layout, plan, builder, line);
            if (builder.Count + bad.Waiting >= rowsMax) take(builder.Take());
        });
        take(builder.Take());
    }

    /// <summary>What each column holds.</summary>
    public static ColumnProfile[] Profile(string path, CsvLayout layout)
    {
        var columns = ColumnProfile.New(layout.Names);
        Visit(path, layout, (reader, _) =>
        {
            for (int i = 0; i < Math.Min(reader.RowFieldCount, columns.Length); i++)
            {
                columns[i].Add(reader.GetFieldSpan(i).Trim());
            }
        });
        return columns;
    }

    /// <summary>Calls <paramref name="row"/> for each record after the header with the line it begins on.</summary>
    private static void Visit(string path, CsvLayout layout, Action<CsvDataReader, long> row)
    {
        using var stream = InputFile.Open(path);
        using var text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), true, 64 * 1024);
        long line = 1;
        try
        {
            if (layout.HasSeparatorLine && text.ReadLine() is not null) line++;
            using var reader = layout.Delimiter.Open(text);
            bool isHeader = layout.HasHeader;
            while (reader.Read())
            {
                bool isBlank = CsvLayout.IsBlank(reader);
                if (!isHeader && (!isBlank || layout.Names.Length == 1)) row(reader, line);
                isHeader = isHeader && isBlank;
                line += Math.Max(1, reader.GetRawRecordSpan().Count('\n'));
            }
        }
        catch (Exception e) when (e is CsvFormatException or CsvRecordTooLargeException)
        {
            throw new InputException($"{path}:{line}: {e.Message.TrimEnd('.')}: mend the quotes of the file.");
        }
        catch (DecoderFallbackException)
        {
            throw NotUtf8(path);
        }
    }

    /// <summary>The text is decoded far ahead of the records: the place is looked for in the bytes.</summary>
    private static InputException NotUtf8(string path)
    {
        using var stream = InputFile.Open(path);
        var lines = new LineReader(path, stream);
        while (lines.TryRead(out var line))
        {
            if (Utf8.IsValid(line)) continue;
            int column = 1;
            while (Rune.DecodeFromUtf8(line, out _, out int width) == OperationStatus.Done)
            {
                line = line[width..];
                column += width;
            }
            return new InputException(
                $"{path}:{lines.Line}:{column}: the byte {line[0]:X2} is not UTF-8: convert the file.");
        }
        return new InputException($"{path}: there are bytes in it that are not UTF-8: convert the file.");
    }

    private static void ReadRow(CsvDataReader reader, CsvLayout layout, TablePlan plan, TableBuilder builder, long line)
    {
        builder.BeginRow(line);
        int count = layout.Names.Length;
        bool hasEnd = layout.DropsLast && reader.RowFieldCount == count + 1;
        if (hasEnd && !reader.GetFieldSpan(count).Trim().IsEmpty)
        {
            builder.Fail($"{NumberText.Show(reader.GetFieldSpan(count))} stands in a column after the last, which is " +
                "empty in the first rows: give the column a name in the first line, or mend the row.");
        }
        else if (reader.RowFieldCount != count && !hasEnd)
        {
            builder.Fail($"{reader.RowFieldCount} fields, but the first line has {layout.Names.Length}: mend the row.");
        }
        else
        {
            foreach (var column in plan.Columns)
            {
                if (column.Role == ColumnRole.Ignored || column.Index < 0) continue;
                builder.Add(column, reader.GetFieldSpan(column.Index));
            }
        }
        builder.EndRow();
    }
}
