using System.Text;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using Sylvan.Data.Csv;

namespace ClusterGd.Data.Reading;

/// <summary>The beginning of a delimited text file: whole lines of it, at least two where the file has them.</summary>
/// <param name="Text">Without a byte order mark and without Excel's first line.</param>
/// <param name="Separator">What Excel's first line, <c>sep=;</c>, states; null without one.</param>
internal sealed record CsvHead(string Path, string Text, char? Separator)
{
    private const int HeadBytes = 64 * 1024, RecordsMax = 1_000;

    public static CsvHead Of(string path)
    {
        string text = ReadText(path);
        int end = text.AsSpan().IndexOfAny('\n', '\r');
        var first = (end < 0 ? text : text[..end]).AsSpan().Trim().Trim('"');
        if (!first.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) || end < 0) return new(path, text, null);
        var stated = first[4..];
        // Trimming took away a separator that is a tab.
        char? separator = stated.Length switch { 0 => '\t', 1 => stated[0], _ => null };
        if (separator is null or '"') return new(path, text, null);
        return new(path, text[end..].TrimStart('\r').TrimStart('\n'), separator);
    }

    /// <summary>The first records, blanks around their fields removed.</summary>
    public List<string[]> Records(CsvDelimiter delimiter)
    {
        var records = new List<string[]>();
        try
        {
            using var reader = delimiter.Open(new StringReader(Text));
            while (records.Count < RecordsMax && reader.Read())
            {
                if (CsvLayout.IsBlank(reader)) continue;
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
            throw new InputException($"{Path}:1: {e.Message.TrimEnd('.')}: mend the quotes.");
        }
        return records.Count > 0 ? records
            : throw new InputException($"{Path}: there is no row in it: it must hold at least one.");
    }

    private static string ReadText(string path)
    {
        for (int length = HeadBytes; ; length *= 4)
        {
            byte[] head = InputFile.Head(path, length);
            RefuseBinary(path, head);
            int lines = head.AsSpan().Count((byte)'\n');
            if (lines < 3 && head.Length == length && length < Sizes.LineLengthMax) continue;
            int end = head.Length < length ? head.Length : Math.Max(head.AsSpan().LastIndexOf((byte)'\n'), 0);
            return Encoding.UTF8.GetString(head.AsSpan(0, end)).TrimStart('\uFEFF');
        }
    }

    private static void RefuseBinary(string path, ReadOnlySpan<byte> head)
    {
        TextKind.RefuseUtf16(path, head);
        int control = 0;
        foreach (byte b in head) control += b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r') ? 1 : 0;
        if (control == 0) return;
        throw new InputException(
            $"{path} is no text ({Sizes.Text(control)} control characters in its first {Sizes.Text(head.Length)} " +
            $"bytes): state its format ({string.Join(", ", DataFormat.All)}), or convert it to UTF-8.");
    }
}
