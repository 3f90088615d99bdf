using System.Globalization;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>Counts what the cells of one column look like, so that keys can be advised. Bounded in memory.</summary>
/// <param name="distinctMax">Most distinct words that are told apart.</param>
internal sealed class ColumnProfile(string name, int distinctMax)
{
    public const int LabelsMax = 100;

    private const int DistinctMax = 10_000, DistinctOfAll = 1_000_000, DateLengthMin = 6;
    private const string UnitSigns = "$€£¥%°";

    /// <summary>Ways to write numbers, the simplest first; the first is what is read if nothing is stated.</summary>
    public static readonly CellRules[] Marks =
    [
        CellRules.Default, new(",", null, []), new(null, ",", []), new(",", ".", []), new(null, " ", []),
        new(",", " ", []), new(null, "'", []), new(",", "'", []), new(null, "_", []),
    ];

    private readonly long[] _parsed = new long[Marks.Length];
    private readonly Dictionary<string, long> _words = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _missing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _labels = new(StringComparer.Ordinal);
    private long _rows, _firstCount, _wordCount, _wordsAtMost = -1, _dates, _units, _blankLists;
    private bool _isCount = true, _hasManyLabels;

    /// <summary>Profiles of the columns of a table, within the memory of a wide one.</summary>
    public static ColumnProfile[] New(string[] names)
    {
        int distinctMax = Math.Clamp(DistinctOfAll / names.Length, LabelsMax, DistinctMax);
        return [.. names.Select(name => new ColumnProfile(name, distinctMax))];
    }

    public string Name { get; } = name;

    /// <summary>Cells that are neither empty nor a known word for a missing value.</summary>
    public long Present { get; private set; }

    public long Empty { get; private set; }

    /// <summary>Known words for a missing value, with their counts.</summary>
    public IReadOnlyDictionary<string, long> Missing => _missing;

    /// <summary>Whether a cell is missing, if the column is one of numbers.</summary>
    public bool HasMissing => Empty > 0 || _missing.Count > 0;

    public double LargestMagnitude { get; private set; }

    public bool AreWhole { get; private set; } = true;

    /// <summary>The distinct cells as labels, with their counts; null for more than a few.</summary>
    public IReadOnlyDictionary<string, long>? Labels => _hasManyLabels ? null : _labels;

    /// <summary>Words that are no number in any way, with their counts; not all of them where there are many.</summary>
    public IReadOnlyDictionary<string, long> Words => _words;

    /// <summary>Whether the column is 0, 1, 2, … or 1, 2, 3, … from the first row to the last.</summary>
    public bool IsRowCount => _isCount && _rows >= 5;

    /// <summary>Whether more than half of the cells are distinct: categories would learn rows by heart.</summary>
    public bool IsMostlyDistinct => _words.Count > 2
        && 2L * _words.Count > (_wordsAtMost >= 0 ? _wordsAtMost : Present);

    /// <summary>Whether nearly all cells are numbers in a way of <see cref="Marks"/>.</summary>
    public bool Fits(int marks) => Present > 0 && IsNearlyAll(_parsed[marks]);

    /// <summary>Whether most cells are numbers in a way of <see cref="Marks"/>, and some are not.</summary>
    public bool IsMostly(int marks) => 2 * _parsed[marks] >= Present && _parsed[marks] < Present;

    public long NotParsed(int marks) => Present - _parsed[marks];

    public bool AreDates => IsNearlyAll(_dates);

    /// <summary>Whether the cells are numbers with a sign such as $ or % at them.</summary>
    public bool HaveUnits => IsNearlyAll(_units);

    /// <summary>Whether the cells are several numbers with blanks between them.</summary>
    public bool AreBlankLists => IsNearlyAll(_blankLists);

    public void Add(ReadOnlySpan<char> cell)
    {
        long row = _rows++;
        if (_isCount) _isCount = IsCount(cell, row);
        if (CellRules.LooksMissing(cell))
        {
            if (cell.IsEmpty) Empty++;
            else CountIn(_missing, cell, LabelsMax);
            if (!cell.IsEmpty) AddLabel(cell);
            return;
        }
        Present++;
        AddLabel(cell);
        if (Marks[0].TryParse(cell, out double number, out _))
        {
            AddNumber(cell, number);
            return;
        }
        bool isNumber = false;
        for (int marks = 1; marks < Marks.Length; marks++)
        {
            if (!Marks[marks].TryParse(cell, out number, out _)) continue;
            if (!isNumber) Measure(number);
            isNumber = true;
            _parsed[marks]++;
        }
        AddWord(cell, isNumber);
    }

    private bool IsNearlyAll(long count) => Present > 0 && 10 * count >= 9 * Present;

    private bool IsCount(ReadOnlySpan<char> cell, long row)
    {
        if (!long.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out long number)) return false;
        if (row == 0) _firstCount = number;
        return _firstCount is 0 or 1 && number == _firstCount + row;
    }

    private void AddNumber(ReadOnlySpan<char> cell, double number)
    {
        Measure(number);
        _parsed[0]++;
        bool isWhole = cell.IndexOfAnyExcept("+-0123456789") < 0;
        for (int marks = 1; marks < Marks.Length; marks++)
        {
            if (isWhole || Marks[marks].TryParse(cell, out _, out _)) _parsed[marks]++;
        }
    }

    private void Measure(double number)
    {
        LargestMagnitude = Math.Max(LargestMagnitude, Math.Abs(number));
        AreWhole &= number == Math.Floor(number);
    }

    private void AddWord(ReadOnlySpan<char> cell, bool isNumber)
    {
        _wordCount++;
        if (!CountIn(_words, cell, distinctMax) && _wordsAtMost < 0) _wordsAtMost = _wordCount;
        if (isNumber || !cell.ContainsAnyInRange('0', '9')) return;
        if (cell.IndexOfAny(UnitSigns) >= 0)
        {
            if (IsNumber(cell.Trim(UnitSigns + " "))) _units++;
        }
        else if (AreNumbers(cell)) _blankLists++;
        else if (DateTime.TryParse(cell, CultureInfo.InvariantCulture, out _)) _dates++;
    }

    /// <summary>Whether a cell is a number in some <see cref="Marks"/>, has a sign such as $, or is a date.</summary>
    public static bool LooksLikeNumber(ReadOnlySpan<char> cell) => cell.ContainsAnyInRange('0', '9')
        && (IsNumber(cell.Trim(UnitSigns + " "))
            || (cell.Length >= DateLengthMin && DateTime.TryParse(cell, CultureInfo.InvariantCulture, out _)));

    private static bool IsNumber(ReadOnlySpan<char> cell)
    {
        foreach (var marks in Marks)
        {
            if (marks.TryParse(cell, out _, out _)) return true;
        }
        return false;
    }

    private static bool AreNumbers(ReadOnlySpan<char> cell)
    {
        int count = 0;
        foreach (var part in cell.SplitAny(' ', '\t'))
        {
            if (cell[part].IsEmpty) continue;
            if (!Marks[0].TryParse(cell[part], out _, out _)) return false;
            count++;
        }
        return count > 1;
    }

    private void AddLabel(ReadOnlySpan<char> cell)
    {
        if (_hasManyLabels) return;
        _hasManyLabels = !CountIn(_labels, cell, LabelsMax);
        if (_hasManyLabels) _labels.Clear();
    }

    /// <returns>False where there are already as many others.</returns>
    private static bool CountIn(Dictionary<string, long> counts, ReadOnlySpan<char> word, int max)
    {
        var byWord = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        if (byWord.TryGetValue(word, out long count)) byWord[word] = count + 1;
        else if (counts.Count >= max) return false;
        else byWord[word] = 1;
        return true;
    }
}
