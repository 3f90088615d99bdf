using System.Globalization;
using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The format of a file: as stated, by its name, or by its first bytes, in that order.</summary>
internal static class FormatGuess
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
        string name = JobFormat.Unpacked(Path.GetFileName(path)).ToLowerInvariant();
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
        TextKind.RefuseUtf16(path, head);
        if (head.AsSpan().Contains((byte)0))
        {
            throw new InputException(
                $"{path} is binary and of no known kind: state its format ({string.Join(", ", DataFormat.All)}).");
        }
        foreach (string line in Encoding.UTF8.GetString(head).Split('\n'))
        {
            string[] tokens = line.Split('#')[0].Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (tokens.Take(2).Any(IsFeature)) return DataFormat.LibSvm;
            // A blank line, a comment and a number alone (a row of zeros, or one column) may stand in both formats.
            if (tokens.Length > 1 || (tokens.Length == 1 && !IsNumber(tokens[0]))) return DataFormat.Csv;
        }
        return DataFormat.Csv;
    }

    private static bool IsNumber(string token) =>
        double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether a token is index:value.</summary>
    private static bool IsFeature(string token)
    {
        int colon = token.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && IsNumber(token[..colon]) && IsNumber(token[(colon + 1)..]);
    }
}
