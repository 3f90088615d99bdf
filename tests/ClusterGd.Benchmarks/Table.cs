namespace ClusterGd.Benchmarks;

/// <summary>The rows of a benchmark as a Markdown table, on the screen as they come, and then in a file.</summary>
internal static class Table
{
    private const string Heading = "| what | ClusterGd | peer | ratio | target |\n|---|---|---|---|---|";
    private static readonly List<string> s_rows = [];

    public static void Header() => Console.WriteLine(Heading);

    public static void Row(string what, string ours, string peer, string ratio, string target)
    {
        s_rows.Add($"| {what} | {ours} | {peer} | {ratio} | {target} |");
        Console.WriteLine(s_rows[^1]);
    }

    /// <summary>The table of all rows since the last time.</summary>
    public static string Take()
    {
        string table = $"{Heading}\n{string.Join('\n', s_rows)}\n";
        s_rows.Clear();
        return table;
    }
}
