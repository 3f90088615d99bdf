namespace ClusterGd.Core.Jobs;

/// <summary>What the keys of <c>data.split</c> must have in common with each other and with the files.</summary>
internal static class SplitChecks
{
    private static readonly string[] s_rules = ["fraction", "every", "folds"];

    public static void Check(JobNode.Mapping mapping, SplitSpec split, string path, JobProblems problems)
    {
        var rules = s_rules.Where(rule => mapping.Find(rule) is not null).ToList();
        if (rules.Count > 1)
        {
            string all = rules.Count == 2 ? $"both {rules[0]} and {rules[1]}" : string.Join(", ", rules);
            problems.Add(mapping.Mark, $"{path} has {all}, allowed is one of them; remove the others");
        }
        if (rules.Count == 0 && mapping.Find("validation") is null)
        {
            problems.Add(mapping.Mark, $"{path} has none of {string.Join(", ", s_rules)} and validation, allowed " +
                "is one of the first three, validation or both; add for example 'fraction: 0.2'");
        }
        Require(mapping, path, "offset", "every", problems);
        Require(mapping, path, "fold", "folds", problems);
        RefuseLarge(mapping, path, "offset", split.Offset, "every", split.Every, problems);
        RefuseLarge(mapping, path, "fold", split.Fold, "folds", split.Folds, problems);
        if (split.Fraction + split.Validation >= 1)
        {
            problems.Add(mapping.Mark, $"{path} holds out fraction {JobNumbers.ToText(split.Fraction)} and " +
                $"validation {JobNumbers.ToText(split.Validation)}, allowed are less than 1 together; " +
                "lower one of them");
        }
        if (split.Stratified && split.Every > 0 && split.Validation == 0)
        {
            problems.Add(mapping.Find("stratified")!.Mark,
                $"{path}.stratified is true, allowed with {path}.every alone is false: that rule draws nothing; " +
                "use fraction, or remove it");
        }
    }

    public static void CheckSources(JobNode.Mapping mapping, DataSpec data, string path, JobProblems problems)
    {
        if (mapping.Find("split") is not { } split || data.Split is not { } spec) return;
        if (data.Test is not null && spec.HoldsOutTest)
        {
            problems.Add(split.Mark, $"{path} has both test and split, allowed beside test is a split with " +
                "validation alone; remove one of them");
        }
        if (data.Validation is not null && spec.Validation > 0)
        {
            problems.Add(split.Mark, $"{path} has both validation and split.validation, allowed is one of them; " +
                "remove the other");
        }
    }

    private static void Require(
        JobNode.Mapping mapping, string path, string key, string other, JobProblems problems)
    {
        if (mapping.Find(key) is not { } entry || mapping.Find(other) is not null) return;
        problems.Add(entry.Mark, $"{path}.{key} needs {path}.{other}; add that or remove the {key}");
    }

    private static void RefuseLarge(
        JobNode.Mapping mapping, string path, string key, int value, string other, int count, JobProblems problems)
    {
        if (mapping.Find(key) is not { } entry || count == 0 || value < count) return;
        problems.Wrong(
            entry.Value, $"{path}.{key}", $"a whole number from 0 to {count - 1}", $"change it or {other}");
    }
}
