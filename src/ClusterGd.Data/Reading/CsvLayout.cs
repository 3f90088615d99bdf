using System.Globalization;
using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using Sylvan.Data.Csv;

namespace ClusterGd.Data.Reading;

/// <summary>The delimiter of a CSV file, whether its first record has names, and the names.</summary>
/// <remarks>
/// The delimiter, where it is not stated, is the one of comma, tab, semicolon and blank that the first line has most
/// of (outside quotes; blank only without the others). The first record has names, where it is not stated, if one of
/// them is a column that the job names; else, if it holds no number and the second does. Where neither holds a number
/// the file does not show it and must be told.
/// </remarks>
internal sealed record CsvLayout(char Delimiter, bool HasHeader, string[] Names)
{
    private const int HeadBytes = 64 * 1024;

    /// <param name="known">Names that would show a header.</param>
    public static CsvLayout Of(DataSource source, IReadOnlyCollection<string> known)
    {
        string head = Head(source.Path);
        char delimiter = source.Delimiter is { } stated ? stated[0] : GuessDelimiter(head);
        TablePlan.CheckColumns(source.Path, CountInFirstLine(head, delimiter) + 1);
        var (first, second) = FirstTwo(source.Path, head, delimiter);
        bool hasHeader = source.Header ?? GuessHeader(source.Path, first, second, known);
        string[] names =
        [
            .. first.Select(
                (name, i) => hasHeader && name.Length > 0 ? name : i.ToString(CultureInfo.InvariantCulture)),
        ];
        return new CsvLayout(delimiter, hasHeader, names);
    }

    public static CsvDataReaderOptions Options(char delimiter) => new()
    {
        HasHeaders = false,
        Delimiter = delimiter,
        Comment = '\0',
        BufferSize = 64 * 1024,
        MaxBufferSize = Sizes.LineLengthMax,
    };

    /// <summary>Whether a record is a blank line.</summary>
    public static bool IsBlank(CsvDataReader reader) =>
        reader.RowFieldCount == 0 || (reader.RowFieldCount == 1 && reader.GetFieldSpan(0).Trim().IsEmpty);

    /// <summary>The beginning of the file with at least two lines, if there are two.</summary>
    private static string Head(string path)
    {
        for (int length = HeadBytes; ; length *= 4)
        {
            byte[] head = InputFile.Head(path, length);
            RefuseBinary(path, head);
            int lines = head.AsSpan().Count((byte)'\n');
            if (lines < 2 && head.Length == length && length < Sizes.LineLengthMax) continue;
            int end = head.Length < length ? head.Length : Math.Max(head.AsSpan().LastIndexOf((byte)'\n'), 0);
            return Encoding.UTF8.GetString(head.AsSpan(0, end)).TrimStart('\uFEFF');
        }
    }

    private static void RefuseBinary(string path, ReadOnlySpan<byte> head)
    {
        int control = 0;
        foreach (byte b in head) control += b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r') ? 1 : 0;
        if (control == 0) return;
        throw new InputException(
            $"{path} is no text ({Sizes.Text(control)} control characters in its first {Sizes.Text(head.Length)} " +
            $"bytes): state its format ({string.Join(", ", DataFormat.All)}), or convert it to UTF-8.");
    }

    private static char GuessDelimiter(string head)
    {
        const string Candidates = ",\t; ";
        int[] counts = [.. Candidates.Select(c => CountInFirstLine(head, c))];
        int best = 0;
        for (int i = 1; i < 3; i++)
        {
            if (counts[i] > counts[best]) best = i;
        }
        return counts[best] == 0 && counts[3] > 0 ? ' ' : Candidates[best];
    }

    private static int CountInFirstLine(string head, char delimiter)
    {
        bool isQuoted = false;
        int count = 0;
        foreach (char c in head.AsSpan().TrimStart("\r\n "))
        {
            if (c == '"') isQuoted = !isQuoted;
            else if (c == '\n' && !isQuoted) break;
            else if (c == delimiter && !isQuoted) count++;
        }
        return count;
    }

    private static (string[] First, string[]? Second) FirstTwo(string path, string head, char delimiter)
    {
        var records = new List<string[]>();
        try
        {
            using var reader = CsvDataReader.Create(new StringReader(head), Options(delimiter));
            while (records.Count < 2 && reader.Read())
            {
                if (IsBlank(reader)) continue;
                var fields = new string[reader.RowFieldCount];
                for (int i = 0; i < fields.Length; i++) fields[i] = reader.GetFieldSpan(i).Trim().ToString();
                records.Add(fields);
            }
        }
        catch (CsvFormatException) when (records.Count > 0)
        {
            // The head may end in the middle of a quoted field; what the file holds there is read later.
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{path}:1: {e.Message.TrimEnd('.')}: mend the quotes.");
        }
        if (records.Count == 0) throw new InputException($"{path}: there is no row in it: it must hold at least one.");
        return (records[0], records.Count > 1 ? records[1] : null);
    }

    private static bool GuessHeader(string path, string[] first, string[]? second, IReadOnlyCollection<string> known)
    {
        if (first.Any(f => !IsNumber(f) && known.Contains(f))) return true;
        if (first.Any(IsNumber)) return false;
        if (second is null) return true;
        if (second.Any(IsNumber)) return true;
        throw new InputException(
            $"{path}: neither of its first two lines holds a number, so it does not show whether the first has " +
            "names: state header: true or header: false.");
    }

    private static bool IsNumber(string field) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
