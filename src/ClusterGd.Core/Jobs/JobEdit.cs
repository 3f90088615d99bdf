using System.Globalization;

namespace ClusterGd.Core.Jobs;

/// <summary>Changes one value of a job before it is checked, as <c>--set path=value</c> asks.</summary>
public static class JobEdit
{
    private const int KeysMax = 32;

    /// <summary>
    /// The job with the value at a dotted path: a key of a mapping, or an index of a list (its length appends).
    /// Mappings that are not there are made; a kind given as a word alone becomes a mapping with that kind.
    /// </summary>
    /// <param name="root">Unchanged.</param>
    /// <param name="path">For example <c>optimizer.learningRate</c> or <c>stop.0.tolerance</c>.</param>
    public static JobNode Set(JobNode root, string path, JobNode value, JobProblems problems)
    {
        var keys = path.Split('.');
        if (keys.Length > KeysMax || keys.Any(string.IsNullOrWhiteSpace))
        {
            problems.Add(value.Mark, $"'{JobNode.Clean(path)}' is no path, allowed are keys with dots between; " +
                "write for example training.epochs=20");
            return root;
        }
        return Set(root, keys, 0, value, problems);
    }

    private static JobNode Set(JobNode? node, string[] keys, int depth, JobNode value, JobProblems problems)
    {
        if (depth == keys.Length) return value;
        switch (node)
        {
            case JobNode.Sequence list:
                return SetItem(list, keys, depth, value, problems);
            case JobNode.Scalar { IsEmpty: false } word:
                return Set(AsMapping(word, keys, depth), keys, depth, value, problems);
            case JobNode.Mapping mapping:
                var old = mapping.Find(keys[depth]);
                var entry = new JobNode.Entry(
                    keys[depth], old?.Mark ?? value.Mark, Set(old?.Value, keys, depth + 1, value, problems));
                return mapping with
                {
                    Entries = old is null ? mapping.Entries.Add(entry) : mapping.Entries.Replace(old, entry),
                };
            default:
                return Set(new JobNode.Mapping(value.Mark, []), keys, depth, value, problems);
        }
    }

    private static JobNode.Sequence SetItem(
        JobNode.Sequence list, string[] keys, int depth, JobNode value, JobProblems problems)
    {
        int count = list.Items.Length;
        if (!int.TryParse(keys[depth], NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index > count)
        {
            var path = string.Join('.', keys.Take(depth));
            problems.Add(value.Mark, $"'{JobNode.Clean(keys[depth])}' is no place in the list {path}, " +
                $"allowed is a whole number from 0 to {count} ({count} appends); change it");
            return list;
        }
        var item = Set(index < count ? list.Items[index] : null, keys, depth + 1, value, problems);
        return list with { Items = index < count ? list.Items.SetItem(index, item) : list.Items.Add(item) };
    }

    // 'loss: logistic' means 'loss: { kind: logistic }', and an entry of stop names its kind by 'on'.
    private static JobNode.Mapping AsMapping(JobNode.Scalar word, string[] keys, int depth)
    {
        var key = depth == 2 && keys[0] == "stop" ? "on" : "kind";
        return new JobNode.Mapping(word.Mark, [new JobNode.Entry(key, word.Mark, word)]);
    }
}
