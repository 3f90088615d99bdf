using System.Collections.Immutable;

namespace ClusterGd.Core.Jobs;

/// <summary>A data format as a job names it: the endings that give it away and the keys that it understands.</summary>
public sealed record JobFormat(string Name, ImmutableArray<string> Endings, ImmutableArray<string> Keys)
{
    private static readonly ImmutableArray<string> s_packings = [".gz", ".bz2", ".zst", ".zstd"];

    public static readonly ImmutableArray<JobFormat> All =
    [
        new("csv", [".csv", ".tsv"],
            ["target", "categorical", "ignore", "hashBuckets", "header", "delimiter", "missing", "decimal",
                "thousands", "missingTokens", "standardize", "scale", "group", "weight"]),
        new("libsvm", [".libsvm", ".svm", ".svmlight"], ["features", "indexBase", "hashBuckets", "group", "weights"]),
        new("idx", [".idx", "-ubyte"], ["labels", "scale", "weights"]),
        new("parquet", [".parquet"],
            ["target", "categorical", "ignore", "hashBuckets", "missing", "decimal", "thousands", "missingTokens",
                "standardize", "scale", "group", "weight"]),
    ];

    public static IEnumerable<string> Names => All.Select(f => f.Name);

    /// <summary>The word for the format that a file's name shows; null where it shows none.</summary>
    public static string? GuessName(string path) => Guess(path)?.Name;

    /// <summary>The source in a format, without the keys that the format does not know.</summary>
    public static DataSource Apply(string format, DataSource source) => DataSections.OfFormat(source, format);

    internal static JobFormat? Find(string? name) => All.FirstOrDefault(f => f.Name == name);

    /// <summary>The ending of a name that says how the file is compressed; null where there is none.</summary>
    public static string? Packing(string path) =>
        s_packings.FirstOrDefault(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>A name without the ending that says how the file is compressed.</summary>
    public static string Unpacked(string path) => Packing(path) is { } ending ? path[..^ending.Length] : path;

    /// <summary>The format that a file's name shows, compressed or not; null where it shows none.</summary>
    internal static JobFormat? Guess(string path) => All.FirstOrDefault(
        f => f.Endings.Any(e => Unpacked(path).EndsWith(e, StringComparison.OrdinalIgnoreCase)));
}
