using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// The distinct labels of a file in order of appearance. Labels that are the same number are one: +1, 1 and 1.0.
/// </summary>
internal sealed class ClassLabels(string path)
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<double, int> _numbers = [];

    public IReadOnlyList<string> Names => _names;

    public int CodeOf(ReadOnlySpan<char> label)
    {
        var codes = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
        if (codes.TryGetValue(label, out int code)) return code;
        code = IsNumber(label, out double number) ? CodeOf(number) : Add(label.ToString());
        codes[label] = code;
        return code;
    }

    public int CodeOf(double label)
    {
        if (_numbers.TryGetValue(label, out int code)) return code;
        return _numbers[label] = Add(Name(label));
    }

    /// <summary>The labels as classes: by value where all are numbers, else in ordinal order.</summary>
    public static ImmutableArray<string> Sort(IEnumerable<string> names)
    {
        string[] all = [.. names];
        bool areNumbers = all.All(n => IsNumber(n, out _));
        return areNumbers
            ? [.. all.OrderBy(n => double.Parse(n, NumberStyles.Float, CultureInfo.InvariantCulture))]
            : [.. all.Order(StringComparer.Ordinal)];
    }

    public static string Name(double label) => (label == 0 ? 0 : label).ToString("R", CultureInfo.InvariantCulture);

    private static bool IsNumber(ReadOnlySpan<char> text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private int Add(string name)
    {
        if (_names.Count == Sizes.ClassesMax)
        {
            throw new InputException(
                $"{path}: more than {Sizes.Text(Sizes.ClassesMax)} distinct labels: use a loss for numbers, or " +
                "another target.");
        }
        _names.Add(name);
        return _names.Count - 1;
    }
}
