namespace ClusterGd.Benchmarks;

/// <summary>The Markdown table that goes into the README.</summary>
internal static class Table
{
    public static void Header()
    {
        Console.WriteLine("| what | ClusterGd | peer | ratio | target |");
        Console.WriteLine("|---|---|---|---|---|");
    }

    public static void Row(string what, string ours, string peer, string ratio, string target) =>
        Console.WriteLine($"| {what} | {ours} | {peer} | {ratio} | {target} |");
}
