using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Reading;

/// <summary>
/// How the cells of a table are written: the marks in their numbers, and which words stand for a missing value.
/// </summary>
internal sealed class CellRules
{
    private const int StackCharsMax = 256;

    /// <summary>Words that are no number and mean "missing" in a numeric column, whatever their case.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> s_missingNumbers = new[]
    {
        "", "?", ".", "-", "--", "NA", "N/A", "n.a.", "<NA>", "#NA", "#N/A", "NaN", "-NaN", "null", "nil", "none",
        "missing", @"\N", "1.#QNAN", "-1.#IND", "#NULL!", "#DIV/0!", "#VALUE!", "#NUM!",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly char _decimal, _thousands;
    private readonly bool _isPlain;
    private readonly ImmutableArray<string> _tokens;
    private readonly double[] _tokenNumbers;

    /// <param name="decimalMark">Null for a point.</param>
    /// <param name="thousands">Null for none.</param>
    /// <param name="missingTokens">Words that mean "missing" in every column.</param>
    public CellRules(string? decimalMark, string? thousands, ImmutableArray<string> missingTokens)
    {
        Decimal = decimalMark;
        Thousands = thousands;
        MissingTokens = missingTokens;
        _decimal = decimalMark is null ? '.' : decimalMark[0];
        _thousands = thousands is null ? '\0' : Common(thousands[0]);
        _isPlain = _decimal == '.' && thousands is null;
        _tokens = [.. missingTokens.Select(t => t.Trim())];
        var numbers = new List<double>();
        foreach (string token in _tokens)
        {
            if (TryParse(token, out double value, out _) && double.IsFinite(value)) numbers.Add(value);
        }
        _tokenNumbers = [.. numbers];
    }

    /// <summary>Numbers with a point, and no words but the known ones.</summary>
    public static CellRules Default { get; } = new(null, null, []);

    public string? Decimal { get; }

    public string? Thousands { get; }

    public ImmutableArray<string> MissingTokens { get; }

    public static CellRules Of(DataSource source) => new(source.Decimal, source.Thousands, source.MissingTokens);

    public static CellRules Of(DataEncoding encoding) =>
        new(encoding.Decimal, encoding.Thousands, encoding.MissingTokens);

    /// <summary>The rules of another file for the same model: the training file's, unless it states its own.</summary>
    public CellRules For(DataSource source) => new(
        source.Decimal ?? Decimal, source.Thousands ?? Thousands,
        source.MissingTokens.IsEmpty ? MissingTokens : source.MissingTokens);

    /// <summary>Whether a cell of a numeric column has no value.</summary>
    public bool IsMissingNumber(ReadOnlySpan<char> cell) =>
        s_missingNumbers.Contains(cell) || IsToken(cell);

    /// <summary>Whether a cell of words has no value: NA may be Namibia, so only what the job lists counts.</summary>
    public bool IsMissingWord(ReadOnlySpan<char> cell) => cell.IsEmpty || IsToken(cell);

    /// <summary>Whether a number stands for a missing value, as -999 may.</summary>
    public bool IsMissing(double number) => double.IsNaN(number) || Array.IndexOf(_tokenNumbers, number) >= 0;

    /// <summary>Whether a word would be a missing value in a numeric column.</summary>
    public static bool LooksMissing(ReadOnlySpan<char> cell) => s_missingNumbers.Contains(cell);

    /// <summary>Reads all of a cell. May give an infinity or NaN.</summary>
    /// <param name="rounded">The float nearest to the text, which rounding the double need not give.</param>
    public bool TryParse(ReadOnlySpan<char> cell, out double value, out float rounded)
    {
        if (_isPlain) return TryParsePlain(cell, out value, out rounded);
        Span<char> plain = cell.Length <= StackCharsMax ? stackalloc char[cell.Length] : new char[cell.Length];
        value = rounded = 0;
        return TryMakePlain(cell, plain, out int length) && TryParsePlain(plain[..length], out value, out rounded);
    }

    private static bool TryParsePlain(ReadOnlySpan<char> cell, out double value, out float rounded)
    {
        rounded = 0;
        if (!double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value)) return false;
        rounded = (float)value;
        // A double half-way between two floats may have been rounded to there, and small floats have fewer bits.
        bool isHalfWay = (BitConverter.DoubleToUInt64Bits(value) & 0x1FFF_FFFF) == 0x1000_0000;
        if (isHalfWay || Math.Abs(value) < 1.2e-38)
        {
            rounded = float.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
        }
        return true;
    }

    /// <summary>
    /// Leaves out the marks between thousands and makes the decimal mark a point. The marks must stand where they
    /// belong (1,234,567 and the Indian 12,34,567): 1,5 is no number under <c>thousands: ','</c>.
    /// </summary>
    private bool TryMakePlain(ReadOnlySpan<char> cell, Span<char> plain, out int length)
    {
        length = 0;
        int digits = 0, groups = 0;
        bool isWhole = true;
        char first = '\0';
        foreach (char c in cell)
        {
            if (isWhole && char.IsAsciiDigit(c))
            {
                if (digits++ == 0 && groups == 0) first = c;
            }
            else if (isWhole && _thousands != '\0' && Common(c) == _thousands)
            {
                bool fits = groups == 0 ? digits is >= 1 and <= 3 && first != '0' : digits is 2 or 3;
                if (!fits) return false;
                groups++;
                digits = 0;
                continue;
            }
            else if (c is not ('+' or '-' or ' ') || digits > 0)
            {
                if (isWhole && groups > 0 && digits != 3) return false;
                if (!isWhole && c == _decimal) return false;
                if (c != _decimal && c is '.' or ',') return false;
                isWhole = false;
            }
            plain[length++] = c == _decimal ? '.' : c;
        }
        return !isWhole || groups == 0 || digits == 3;
    }

    /// <summary>Signs that people cannot tell apart are one.</summary>
    private static char Common(char mark) => mark switch
    {
        '\u00A0' or '\u2009' or '\u202F' => ' ',
        '’' => '\'',
        _ => mark,
    };

    private bool IsToken(ReadOnlySpan<char> cell)
    {
        foreach (string token in _tokens)
        {
            if (cell.SequenceEqual(token)) return true;
        }
        return false;
    }
}
