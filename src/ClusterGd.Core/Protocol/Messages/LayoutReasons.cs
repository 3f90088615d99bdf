using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>Why a layout is made: clauses for people, in which nodes are called by their names.</summary>
internal static class LayoutReasons
{
    /// <param name="beginsAnew">Why the run begins anew; null where it begins.</param>
    public static string Gathered(int nodeCount, string? beginsAnew)
    {
        string there = nodeCount == 1 ? "1 node is there" : $"{nodeCount} nodes are there";
        return beginsAnew is null ? there : $"the run begins anew since {beginsAnew}; {there}";
    }

    /// <summary>Who came and who goes.</summary>
    public static string Changed(ImmutableArray<string> before, ImmutableArray<string> after)
    {
        var came = after.Except(before).ToList();
        var gone = before.Except(after).ToList();
        List<string> clauses = [];
        if (came.Count > 0) clauses.Add($"{string.Join(", ", came)} came");
        if (gone.Count > 0) clauses.Add($"{string.Join(", ", gone)} {(gone.Count == 1 ? "goes" : "go")}");
        return string.Join(" and ", clauses);
    }
}
