using System.Globalization;

namespace ClusterGd.Data.Input;

/// <summary>
/// A decimal number exactly as its text has it, however many digits that are: ±0.Digits × 10^Exponent. Two texts are
/// equal here if and only if they are the same number, which a double does not tell for more than 15 digits.
/// </summary>
/// <param name="Digits">Without zeros in front and behind; empty for zero.</param>
internal readonly record struct DecimalNumber(bool IsNegative, string Digits, int Exponent) : IComparable<DecimalNumber>
{
    private const int ExponentDigitsMax = 8, PlainDigitsMax = 40;

    /// <summary>Reads all of a text: sign, digits with at most one point, exponent.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DecimalNumber number)
    {
        number = default;
        int at = 0;
        bool isNegative = text is ['-', ..];
        if (text is ['-' or '+', ..]) at++;
        int first = at, point = -1;
        while (at < text.Length && (char.IsAsciiDigit(text[at]) || (text[at] == '.' && point < 0)))
        {
            if (text[at] == '.') point = at;
            at++;
        }
        var mantissa = text[first..at];
        if (mantissa.Length - (point < 0 ? 0 : 1) == 0 || !TryParseExponent(text[at..], out int exponent)) return false;
        int whole = point < 0 ? mantissa.Length : point - first;
        string digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..whole], mantissa[(whole + 1)..]);
        int zeros = digits.Length - digits.AsSpan().TrimStart('0').Length;
        digits = digits[zeros..].TrimEnd('0');
        number = digits.Length == 0
            ? new DecimalNumber(false, "", 0) : new DecimalNumber(isNegative, digits, whole - zeros + exponent);
        return true;
    }

    public int CompareTo(DecimalNumber other)
    {
        int sign = Math.Sign(SignOf(this).CompareTo(SignOf(other)));
        if (sign != 0 || Digits.Length == 0) return sign;
        int size = Exponent.CompareTo(other.Exponent);
        if (size == 0) size = string.CompareOrdinal(Digits, other.Digits);
        return IsNegative ? -size : size;
    }

    /// <summary>The number as a double prints it where that is the same number; else with all its digits.</summary>
    public override string ToString()
    {
        string exact = Plain();
        string shortest = double.Parse(exact, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
        return TryParse(shortest, out var read) && read == this ? shortest : exact;
    }

    private static int SignOf(DecimalNumber number) => number.Digits.Length == 0 ? 0 : number.IsNegative ? -1 : 1;

    private static bool TryParseExponent(ReadOnlySpan<char> text, out int exponent)
    {
        exponent = 0;
        if (text.IsEmpty) return true;
        return text[0] is 'e' or 'E' && text.Length <= ExponentDigitsMax + 2
            && int.TryParse(text[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
    }

    private string Plain()
    {
        if (Digits.Length == 0) return "0";
        string sign = IsNegative ? "-" : "";
        if (Exponent is < -PlainDigitsMax or > PlainDigitsMax) return $"{sign}0.{Digits}E{Exponent}";
        if (Exponent <= 0) return $"{sign}0.{new string('0', -Exponent)}{Digits}";
        return Digits.Length <= Exponent
            ? $"{sign}{Digits}{new string('0', Exponent - Digits.Length)}"
            : $"{sign}{Digits[..Exponent]}.{Digits[Exponent..]}";
    }
}
