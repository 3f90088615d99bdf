using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// The distinct labels of a file in order of appearance. Labels that are the same number are one (+1, 1 and 1.0); all
/// digits count, so that long ids stay apart.
/// </summary>
internal sealed class ClassLabels(string path)
{
    private const int StackCharsMax = 256;
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<DecimalNumber, int> _numbers = [];

    public IReadOnlyList<string> Names => _names;

    public int CodeOf(ReadOnlySpan<char> label)
    {
        var codes = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
        if (codes.TryGetValue(label, out int code)) return code;
        if (!DecimalNumber.TryParse(label, out var number)) code = Add(label.ToString());
        else if (!_numbers.TryGetValue(number, out code)) code = _numbers[number] = Add(number.ToString());
        codes[label] = code;
        return code;
    }

    /// <param name="label">UTF-8.</param>
    public int CodeOf(ReadOnlySpan<byte> label)
    {
        Span<char> text = label.Length <= StackCharsMax ? stackalloc char[label.Length] : new char[label.Length];
        return CodeOf(text[..Encoding.UTF8.GetChars(label, text)]);
    }

    public int CodeOf(double label) => CodeOf(Name(label));

    /// <summary>The labels as classes: by value where all are numbers, else in ordinal order.</summary>
    public static ImmutableArray<string> Sort(IEnumerable<string> names)
    {
        var all = names.Select(n => (Name: n, IsNumber: DecimalNumber.TryParse(n, out var number), Number: number))
            .ToArray();
        return all.All(n => n.IsNumber)
            ? [.. all.OrderBy(n => n.Number).Select(n => n.Name)]
            : [.. all.Select(n => n.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>Labels with their counts, as classes.</summary>
    public static ImmutableArray<ClassCount> Count(string path, IReadOnlyDictionary<string, long> labels)
    {
        var all = new ClassLabels(path);
        var counts = new long[labels.Count];
        foreach (var (label, count) in labels) counts[all.CodeOf(label)] += count;
        return [.. Sort(all.Names).Select(name => new ClassCount(name, counts[all._names.IndexOf(name)]))];
    }

    public static string Name(double label) => (label == 0 ? 0 : label).ToString("R", CultureInfo.InvariantCulture);

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
