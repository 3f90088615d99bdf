using System.Text;
using System.Text.RegularExpressions;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The format of a file: as stated, by its name, or by its first bytes, in that order.</summary>
internal static partial class FormatGuess
{
    private const int HeadBytes = 64 * 1024;

    public static string Of(DataSource source)
    {
        if (source.Format is { } stated)
        {
            if (DataFormat.All.Contains(stated)) return stated;
            throw new InputException(
                $"{source.Path}: the format '{stated}' is none of {string.Join(", ", DataFormat.All)}.");
        }
        return ByName(source.Path) ?? ByContent(source.Path);
    }

    private static string? ByName(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        if (name.EndsWith(".gz", StringComparison.Ordinal)) name = name[..^3];
        return Path.GetExtension(name) switch
        {
            ".csv" or ".tsv" => DataFormat.Csv,
            ".libsvm" or ".svm" or ".svmlight" => DataFormat.LibSvm,
            ".parquet" => DataFormat.Parquet,
            ".idx" => DataFormat.Idx,
            _ => name.EndsWith("-ubyte", StringComparison.Ordinal) ? DataFormat.Idx : null,
        };
    }

    private static string ByContent(string path)
    {
        byte[] head = InputFile.Head(path, HeadBytes);
        if (head.AsSpan().StartsWith("PAR1"u8)) return DataFormat.Parquet;
        if (head.Length >= 4 && head[0] == 0 && head[1] == 0 && head[2] is >= 8 and <= 0xE && head[3] is >= 1 and <= 8)
        {
            return DataFormat.Idx;
        }
        if (head.AsSpan().Contains((byte)0))
        {
            throw new InputException(
                $"{path} is binary and of no known kind: state its format ({string.Join(", ", DataFormat.All)}).");
        }
        foreach (string line in Encoding.UTF8.GetString(head).Split('\n'))
        {
            if (LibSvmLine().IsMatch(line)) return DataFormat.LibSvm;
            if (!LabelLine().IsMatch(line)) return DataFormat.Csv;
        }
        return DataFormat.Csv;
    }

    /// <summary>A line with at least one index:value.</summary>
    [GeneratedRegex(@"^\s*([^\s:,;]+\s+)?\d+:[-+.\d]")]
    private static partial Regex LibSvmLine();

    /// <summary>A line that either format may have: blank, a comment, or one number (a row of zeros, or one column).</summary>
    [GeneratedRegex(@"^\s*([-+.\deE]+\s*)?(#.*)?$")]
    private static partial Regex LabelLine();
}
