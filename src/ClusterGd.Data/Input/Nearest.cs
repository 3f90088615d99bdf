namespace ClusterGd.Data.Input;

/// <summary>The name that a misspelt one was probably meant to be.</summary>
internal static class Nearest
{
    /// <summary>The candidate with the fewest edits, if they are few for its length; ties go to the first in
    /// order.</summary>
    public static string? To(string wanted, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = Math.Max(2, wanted.Length / 3) + 1;
        foreach (string candidate in candidates.Order(StringComparer.Ordinal))
        {
            int distance = Distance(wanted.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance >= bestDistance) continue;
            best = candidate;
            bestDistance = distance;
        }
        return best;
    }

    /// <summary>Levenshtein's distance, two rows at a time.</summary>
    private static int Distance(string a, string b)
    {
        var above = Enumerable.Range(0, b.Length + 1).ToArray();
        var row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(substitute, Math.Min(above[j], row[j - 1]) + 1);
            }
            (above, row) = (row, above);
        }
        return above[b.Length];
    }
}
