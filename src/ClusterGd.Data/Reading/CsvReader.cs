using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
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
        var builder = new TableBuilder(source.Path, plan, kind, bad);
        Visit(source.Path, layout, (reader, line) => ReadRow(reader, layout, plan, builder, line));
        return builder.Finish();
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

    /// <summary>Which columns hold anything that is neither a number nor missing.</summary>
    public static bool[] TextColumns(DataSource source, CsvLayout layout)
    {
        var isText = new bool[layout.Names.Length];
        Visit(source.Path, layout, (reader, _) =>
        {
            for (int i = 0; i < Math.Min(reader.RowFieldCount, isText.Length); i++)
            {
                if (isText[i]) continue;
                var cell = reader.GetFieldSpan(i).Trim();
                isText[i] = !TableBuilder.IsMissing(cell)
                    && !float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float _);
            }
        });
        return isText;
    }

    /// <summary>Calls <paramref name="row"/> for each record after the header with the line it begins on.</summary>
    private static void Visit(string path, CsvLayout layout, Action<CsvDataReader, long> row)
    {
        using var stream = InputFile.Open(path);
        using var text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), true, 64 * 1024);
        long line = 1;
        try
        {
            using var reader = CsvDataReader.Create(text, CsvLayout.Options(layout.Delimiter));
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
        if (reader.RowFieldCount != layout.Names.Length)
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
