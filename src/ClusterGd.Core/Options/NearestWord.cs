namespace ClusterGd.Core.Options;

/// <summary>Finds the word that was probably meant.</summary>
public static class NearestWord
{
    private const int LengthMax = 64;

    /// <summary>The nearest word by edit distance, or null where none is near.</summary>
    public static string? To(string word, IEnumerable<string> words)
    {
        if (word.Length is 0 or > LengthMax) return null;
        var plain = Plain(word);
        string? best = null;
        int bestDistance = Math.Max(1, plain.Length / 3) + 1;
        foreach (var candidate in words)
        {
            int distance = Initials(candidate) == word ? 0 : Distance(plain, Plain(candidate));
            if (distance < bestDistance) (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    /// <summary>"did you mean 'x'?" where there is a near word, else what to do otherwise.</summary>
    public static string Hint(string word, IEnumerable<string> words, string otherwise) =>
        To(word, words) is { } near ? $"did you mean '{near}'?" : otherwise;

    // batch_size, batch-size and batchsize are all near to batchSize.
    private static string Plain(string word) =>
        string.Concat(word.Where(c => c is not ('_' or '-' or ' '))).ToLowerInvariant();

    // lr is near to learningRate.
    private static string Initials(string word) =>
        string.Concat(word.Where((c, i) => i == 0 || char.IsUpper(c))).ToLowerInvariant();

    /// <summary>Insertions, deletions, changes and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int change = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(change, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }
        return d[a.Length, b.Length];
    }
}
