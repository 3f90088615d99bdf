using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace ClusterGd.Benchmarks;

/// <summary>
/// What was measured on one kind of processor: a Markdown file with a section for each benchmark, of which a new run
/// replaces its own.
/// </summary>
internal static partial class ResultsFile
{
    /// <summary>Writes a benchmark's section into the file of this machine's processor.</summary>
    /// <returns>The file.</returns>
    public static string Write(string benchmark, string table)
    {
        string processor = Processor();
        string name = NotOfAName().Replace(processor.ToLowerInvariant(), "-").Trim('-');
        string path = Path.Combine(Directory.CreateDirectory(Folder()).FullName, $"{name}.md");
        string text = File.Exists(path) ? File.ReadAllText(path) : $"# {processor}\n";
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string section = $"## {benchmark}\n\n{date}, {Environment.ProcessorCount} cores, " +
            $"{RuntimeInformation.FrameworkDescription}.\n\n{table}";
        File.WriteAllText(path, With(text, benchmark, section));
        return path;
    }

    /// <summary>The repository's, or the current one where the program lies elsewhere.</summary>
    private static string Folder()
    {
        for (var above = new DirectoryInfo(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string source = Path.Combine(above.FullName, "tests", "ClusterGd.Benchmarks");
            if (Directory.Exists(source)) return Path.Combine(source, "results");
        }
        return ".";
    }

    private static string With(string text, string benchmark, string section)
    {
        int begin = text.IndexOf($"\n## {benchmark}\n", StringComparison.Ordinal);
        if (begin < 0) return $"{text}\n{section}";
        int end = text.IndexOf("\n## ", begin + 1, StringComparison.Ordinal);
        return text[..(begin + 1)] + section + (end < 0 ? "" : text[end..]);
    }

    private static string Processor()
    {
        const string Cpuinfo = "/proc/cpuinfo";
        string? named = File.Exists(Cpuinfo)
            ? File.ReadLines(Cpuinfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return named?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotOfAName();
}
