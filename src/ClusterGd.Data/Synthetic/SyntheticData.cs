using System.IO.Compression;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using ClusterGd.Data.Synthetic;

namespace ClusterGd.Data;

/// <summary>Writes files of made-up rows of any size.</summary>
public static class SyntheticData
{
    /// <summary>
    /// Writes a <c>.csv</c> or <c>.libsvm</c> file, compressed if <c>.gz</c> follows. The rows are the same everywhere;
    /// how gzip packs them may differ from one zlib to another.
    /// </summary>
    /// <inheritdoc cref="Check"/>
    public static void Generate(SyntheticSpec spec, string path)
    {
        Check(spec, path);
        try
        {
            using var file = File.Create(path, 128 * 1024);
            Write(spec, path, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}");
        }
    }

    /// <exception cref="InputException">The specification or the name cannot be used; all problems
    /// together.</exception>
    public static void Check(SyntheticSpec spec, string path)
    {
        string? format = FormatOf(path);
        string[] problems =
        [
            .. Problems(spec),
            .. format is null ? [$"{path}: the name must end in .csv or .libsvm, and .gz if it is to be compressed."]
                : Array.Empty<string>(),
        ];
        if (problems.Length > 0) throw new InputException([.. problems]);
    }

    /// <param name="path">Its name says the format.</param>
    public static void Write(SyntheticSpec spec, string path, Stream to)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            using var zip = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
            WriteRows(zip);
        }
        else WriteRows(to);

        void WriteRows(Stream stream) =>
            new SyntheticWriter(spec, stream, isCsv: FormatOf(path) == DataFormat.Csv).Write();
    }

    private static string? FormatOf(string path)
    {
        if (path is "-" or "/dev/stdout") return DataFormat.Csv;
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToLowerInvariant() switch
        {
            ".csv" => DataFormat.Csv,
            ".libsvm" or ".svm" => DataFormat.LibSvm,
            _ => null,
        };
    }

    private static IEnumerable<string> Problems(SyntheticSpec spec)
    {
        if (!SyntheticSpec.Kinds.Contains(spec.Kind))
        {
            yield return $"The kind '{spec.Kind}' is none of {string.Join(", ", SyntheticSpec.Kinds)}.";
        }
        if (spec.Rows < 1) yield return $"rows is {spec.Rows}: it must be 1 or more.";
        if (spec.Classes is < 2 or > Sizes.ClassesMax)
        {
            yield return $"classes is {spec.Classes}: it must be 2 … {Sizes.Text(Sizes.ClassesMax)}.";
        }
        if (spec.Features < 1 || (long)spec.Features * SyntheticWriter.VectorsOf(spec) > Sizes.FeaturesMax)
        {
            yield return
                $"features is {spec.Features}: it must be 1 or more, and times the classes at most " +
                $"{Sizes.Text(Sizes.FeaturesMax)}.";
        }
        bool isNoise = spec.Noise >= 0 && double.IsFinite(spec.Noise);
        if (!isNoise) yield return $"noise is {spec.Noise}: it must be 0 or more.";
        bool isFraction = spec.Density > 0 && spec.Density <= 1;
        if (!isFraction) yield return $"density is {spec.Density}: it must be above 0, at most 1.";
    }
}
