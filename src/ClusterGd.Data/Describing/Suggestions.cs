using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data.Describing;

/// <summary>Keys that a job for a file may need, as they are written in its data section.</summary>
internal static class Suggestions
{
    // Not read so: a name alone may mislead.
    private const string ByName = "perhaps, by its name; read as a feature here";

    // So many indices that differ rarely fall together in as many buckets.
    private const int Buckets = 1 << 20, DistinctMax = Buckets / 4;

    private static readonly string[] s_weights = ["weight", "weights", "w", "sample_weight", "instance_weight"];
    private static readonly string[] s_groups = ["qid", "query_id", "group", "group_id"];

    public static IEnumerable<Suggestion> Of(SparseData data, bool hasSeveralLabels)
    {
        bool isWide = data.ColumnCount > Sizes.FeaturesMax;
        bool isHollow = data.ColumnCount > 8 * Buckets && data.Values.Count <= DistinctMax;
        if (isWide || isHollow)
        {
            yield return new("hashBuckets", $"{Buckets}", isWide
                ? "there are larger indices than features that a model may have"
                : $"of {Sizes.Text(data.ColumnCount)} features at most {Sizes.Text(data.Values.Count)} occur");
        }
        if (data.IndexBase == 0 && !isWide && !isHollow) yield return new("indexBase", "0", "the smallest index is 0");
        if (data.GroupRows > 0) yield return new("group", "ignore", $"{Sizes.Text(data.GroupRows)} rows have a qid");
        if (hasSeveralLabels) yield return new("loss", "multiLabel", "there are rows of several labels");
    }

    public static IEnumerable<Suggestion> Of(DataSource source, IEnumerable<string> columns)
    {
        foreach (string name in columns.Except([.. source.Target, .. source.Ignore]))
        {
            if (name == source.Weight || name == source.Group) continue;
            string word = YamlWords.Word(name);
            if (Is(name, s_weights)) yield return new("weight", word, $"the weight of each row, {ByName}");
            if (Is(name, s_groups)) yield return new("group", word, $"a group of rows, {ByName}");
        }
    }

    private static bool Is(string name, string[] names) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
