namespace ClusterGd.Data.Describing;

/// <summary>Words as a job file has them, to be pasted into one.</summary>
internal static class YamlWords
{
    /// <summary>Such as <c>[a, 'b c']</c>.</summary>
    public static string List(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(Word))}]";

    /// <summary>A word in quotes where YAML could read it as something else.</summary>
    public static string Word(string word)
    {
        if (word.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF')) return Escaped(word);
        return IsPlain(word) ? word : $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static bool IsPlain(string word) => word.Length > 0
        && (char.IsAsciiLetter(word[0]) || word[0] == '_')
        && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/')
        && word.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");

    private static string Escaped(string word) => string.Concat(
        "\"",
        string.Concat(word.Select(c => c is '"' or '\\' ? $"\\{c}"
            : char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF' ? $"\\u{(int)c:x4}" : c.ToString())),
        "\"");
}
