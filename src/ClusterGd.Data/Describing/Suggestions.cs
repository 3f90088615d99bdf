using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>Keys that a job for a file may need, as they are written in its data section.</summary>
internal static class Suggestions
{
    private static readonly string[] s_weights = ["weight", "weights", "sample_weight", "instance_weight"];
    private static readonly string[] s_groups = ["qid", "query_id", "group", "group_id"];

    public static IEnumerable<string> Of(SparseData data, bool hasSeveralLabels)
    {
        bool isWide = data.ColumnCount > Sizes.FeaturesMax;
        if (isWide) yield return "hashBuckets: 1048576 (there are larger indices than features that a model may have)";
        if (data.IndexBase == 0 && !isWide) yield return "indexBase: 0 (the smallest index is 0)";
        if (data.GroupRows > 0) yield return $"group: ignore ({Sizes.Text(data.GroupRows)} rows have a qid)";
        if (hasSeveralLabels) yield return "loss: multiLabel (there are rows of several labels)";
    }

    public static IEnumerable<string> Of(IEnumerable<string> columns)
    {
        foreach (string name in columns)
        {
            if (Is(name, s_weights)) yield return $"weight: {name} (by its name, the weight of each row)";
            if (Is(name, s_groups)) yield return $"group: {name} (by its name, a group of rows and no feature)";
        }
    }

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
