
namespace ClusterGd.Core.Protocol;

/// <summary>Who hosts what, in words.</summary>
internal static class LayoutText
{
    private const int NodesMax = 16;

    /// <summary>Such as <c>a: shards 0 to 3, slice 0; b: shards 4 to 7, backup of slice 0</c>.</summary>
    public static string Of(Layout layout)
    {
        string nodes = string.Join("; ", layout.Nodes.Take(NodesMax).Select(node => OfNode(layout, node)));
        int more = layout.Nodes.Length - NodesMax;
        return more > 0 ? $"{nodes}; and {more} more nodes" : nodes;
    }

    private static string OfNode(Layout layout, string node)
    {
        List<string> parts = [];
        Add("shard", layout.ShardsOf(node));
        Add("slice", layout.SlicesOf(node));
        Add("backup of slice", layout.BackupsOf(node));
        return $"{node}: {(parts.Count == 0 ? "nothing" : string.Join(", ", parts))}";

        void Add(string what, IEnumerable<int> items)
        {
            var all = items.ToList();
            if (all.Count > 0) parts.Add($"{what}{(all.Count > 1 ? "s" : "")} {Ranges(all)}");
        }
    }

    /// <summary>Ascending numbers, with <c>3 to 7</c> for those that follow each other.</summary>
    public static string Ranges(IReadOnlyList<int> numbers)
    {
        List<string> ranges = [];
        for (int i = 0; i < numbers.Count; i++)
        {
            int first = numbers[i];
            while (i + 1 < numbers.Count && numbers[i + 1] == numbers[i] + 1) i++;
            int last = numbers[i];
            ranges.Add(first == last ? $"{first}" : last == first + 1 ? $"{first}, {last}" : $"{first} to {last}");
        }
        return string.Join(", ", ranges);
    }
}
