using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Sylvan.Data.Csv;

namespace ClusterGd.Data.Reading;

/// <summary>How a CSV file is laid out, seen from its beginning and what the job states.</summary>
/// <param name="Names">Of the columns; their numbers where the first record has none.</param>
internal sealed record CsvLayout(CsvDelimiter Delimiter, bool HasHeader, string[] Names)
{
    /// <summary>Whether the first line is Excel's <c>sep=;</c>.</summary>
    public bool HasSeparatorLine { get; init; }

    /// <summary>Whether an empty field after the last column is left out: each line ends with the delimiter.</summary>
    public bool DropsLast { get; init; }

    /// <summary>Whether the job leaves open if the first record has names.</summary>
    public bool IsHeaderGuessed { get; init; }

    /// <summary>Columns of which the header has an empty name.</summary>
    public ImmutableArray<int> Unnamed { get; init; } = [];

    /// <summary>Sentences for the user.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <param name="known">Names that would show a header.</param>
    public static CsvLayout Of(DataSource source, IReadOnlyCollection<string> known, CellRules cells)
    {
        var head = CsvHead.Of(source.Path);
        var delimiter = source.Delimiter is { } stated
            ? CsvDelimiter.Parse(stated) : CsvDelimiter.Guess(head, cells.Decimal == ",");
        if (!delimiter.IsBlanks)
        {
            int count = CsvDelimiter.CountInFirstLine(head.Text, delimiter.Character);
            TablePlan.CheckColumns(source.Path, count + 1);
        }
        var records = head.Records(delimiter);
        var notes = ImmutableArray.CreateBuilder<string>();
        if (head.Separator is { } separator && separator != delimiter.Character)
        {
            notes.Add($"{source.Path}: its first line states sep={separator}, and the job delimiter: " +
                $"'{delimiter.Word}', which is used.");
        }
        bool dropsLast = EndsWithDelimiter(records);
        if (dropsLast)
        {
            records = [.. records.Select(r => r[^1].Length == 0 && r.Length > 1 ? r[..^1] : r)];
            notes.Add(
                $"{source.Path}: each line ends with '{delimiter.Word}': the empty column after it is left out.");
        }
        var guess = source.Header is { } isHeader
            ? new HeaderGuess(isHeader, null) : HeaderGuess.Of(source.Path, records, known, cells);
        if (guess.Note is not null) notes.Add(guess.Note);
        if (guess.HasHeader) RefuseRowNames(source.Path, records);
        string[] names =
        [
            .. records[0].Select((name, i) => !guess.HasHeader ? Number(i) : name.Length > 0 ? name : Unused(i)),
        ];
        // Names that count are those of the columns after an index without one.
        string Unused(int i) => records[0].Contains(Number(i)) ? $"unnamed {i}" : Number(i);
        return new CsvLayout(delimiter, guess.HasHeader, names)
        {
            HasSeparatorLine = head.Separator is not null,
            DropsLast = dropsLast,
            IsHeaderGuessed = source.Header is null,
            Unnamed = guess.HasHeader
                ? [.. Enumerable.Range(0, names.Length).Where(i => records[0][i].Length == 0)] : [],
            Notes = notes.ToImmutable(),
        };
    }

    /// <summary>Whether a record is a blank line.</summary>
    public static bool IsBlank(CsvDataReader reader) =>
        reader.RowFieldCount == 0 || (reader.RowFieldCount == 1 && reader.GetFieldSpan(0).Trim().IsEmpty);

    /// <summary>
    /// Whether nothing follows the last delimiter of the first record and of those below, or of those below alone,
    /// which then have a field more than the first.
    /// </summary>
    private static bool EndsWithDelimiter(List<string[]> records)
    {
        int count = records[0].Length;
        var rows = records.Skip(1);
        if (count > 1 && records[0][^1].Length == 0)
        {
            return rows.All(r => r.Length == count - 1 || (r.Length == count && r[^1].Length == 0));
        }
        return records.Count > 1 && count > 1 && rows.All(r => r.Length == count + 1 && r[^1].Length == 0);
    }

    /// <summary>R writes the names of rows into a column that the header leaves out.</summary>
    private static void RefuseRowNames(string path, List<string[]> records)
    {
        int count = records[0].Length;
        if (records.Count < 2 || !records.Skip(1).All(r => r.Length == count + 1)) return;
        throw new InputException(
            $"{path}: each row has {count + 1} fields and the first line {count} names, as R writes row names: put a " +
            $"name for the first column (it holds '{records[1][0]}', …) into the first line, and ignore it if it " +
            "only counts rows.");
    }

    private static string Number(int column) => column.ToString(CultureInfo.InvariantCulture);
}
