using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using Sylvan.Data.Csv;

namespace ClusterGd.Data.Reading;

/// <summary>What separates the fields of a delimited file: a character, or runs of blanks.</summary>
internal readonly record struct CsvDelimiter(char Character, bool IsBlanks = false)
{
    public static CsvDelimiter Blanks => new('\t', IsBlanks: true);

    /// <summary>A delimiter as a job states it.</summary>
    public static CsvDelimiter Parse(string word) => word switch
    {
        "blanks" => Blanks,
        "tab" => new('\t'),
        _ => new(word[0]),
    };

    /// <summary>As a job states it.</summary>
    public string Word => IsBlanks ? "blanks" : Character == '\t' ? "tab" : Character.ToString();

    public CsvDataReader Open(TextReader text) => CsvDataReader.Create(
        IsBlanks ? new BlanksReader(text) : text,
        new CsvDataReaderOptions
        {
            HasHeaders = false,
            Delimiter = Character,
            Comment = '\0',
            BufferSize = 64 * 1024,
            MaxBufferSize = Sizes.LineLengthMax,
        });

    /// <summary>
    /// The delimiter of a file that states none: of comma, tab, semicolon and bar the one that the first line has
    /// most of, outside quotes; between two of them, the one that makes more of the cells numbers. Blanks only without
    /// those.
    /// </summary>
    /// <param name="isDecimalComma">Whether the job states <c>decimal: ','</c>.</param>
    public static CsvDelimiter Guess(CsvHead head, bool isDecimalComma)
    {
        if (head.Separator is { } stated) return new(stated);
        char[] present = [.. ",\t;|".Where(c => CountInFirstLine(head.Text, c) > 0)];
        if (present.Length > 1 && isDecimalComma) present = [.. present.Where(c => c != ',')];
        if (present.Length == 1) return new(present[0]);
        if (present.Length > 1)
        {
            return new(present.OrderByDescending(c => NumberShare(head, c)).ThenByDescending(
                c => CountInFirstLine(head.Text, c)).First());
        }
        if (CountInFirstLine(head.Text.TrimStart(' '), ' ') == 0) return new(',');
        var single = head.Records(new(' '));
        return single.All(r => r.Length == single[0].Length) ? new(' ') : Blanks;
    }

    /// <summary>How often a character separates fields of the first line.</summary>
    public static int CountInFirstLine(string text, char delimiter)
    {
        bool isQuoted = false;
        int count = 0;
        foreach (char c in text.AsSpan().TrimStart("\r\n"))
        {
            if (c == '"') isQuoted = !isQuoted;
            else if (c is '\n' or '\r' && !isQuoted) break;
            else if (c == delimiter && !isQuoted) count++;
        }
        return count;
    }

    /// <summary>The share of the cells that are numbers, with either decimal mark; 0 for lines of unequal
    /// length.</summary>
    private static double NumberShare(CsvHead head, char delimiter)
    {
        var comma = new CellRules(",", null, []);
        List<string[]> records;
        try
        {
            records = head.Records(new(delimiter));
        }
        catch (InputException)
        {
            return 0;
        }
        if (records.Any(r => r.Length != records[0].Length)) return 0;
        string[] cells = [.. records.Skip(records.Count > 1 ? 1 : 0).SelectMany(r => r)];
        int numbers = cells.Count(c => CellRules.LooksMissing(c) || CellRules.Default.TryParse(c, out _, out _)
            || comma.TryParse(c, out _, out _));
        return (double)numbers / Math.Max(1, cells.Length);
    }
}
