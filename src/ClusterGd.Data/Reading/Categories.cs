namespace ClusterGd.Data.Reading;

/// <summary>The distinct values of a categorical column in order of appearance; missing is the empty string.</summary>
internal sealed class Categories
{
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);

    public List<string> Values { get; } = [];

    public int CodeOf(ReadOnlySpan<char> value)
    {
        var codes = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
        if (codes.TryGetValue(value, out int code)) return code;
        string text = value.ToString();
        Values.Add(text);
        return _codes[text] = Values.Count - 1;
    }
}
