using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>How large a data set may be, and the sentences for those that are larger.</summary>
internal static class Sizes
{
    /// <summary>Most features of a row: 400 MB of parameters for the smallest model.</summary>
    public const int FeaturesMax = 100_000_000;

    /// <summary>Most columns of a table; wider data belongs into a sparse file.</summary>
    public const int TableColumnsMax = 100_000;

    /// <summary>Most distinct labels: more mean that the target is a number.</summary>
    public const int ClassesMax = 65_536;

    /// <summary>Longest line of a text file in bytes (or characters of a CSV record).</summary>
    public const int LineLengthMax = 1 << 29;

    public static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Room for dense rows, or the sentence that they do not fit into an array.</summary>
    public static AlignedFloats DenseValues(string path, int rows, int features)
    {
        long length = (long)rows * DenseRows.StrideOf(features);
        if (length > Array.MaxLength - 16)
        {
            throw new InputException(
                $"{path}: {Text(rows)} rows of {Text(features)} features need {Text(length)} values, and at most " +
                $"{Text(Array.MaxLength - 16)} can be held: use fewer rows or features, or a sparse (libsvm) file.");
        }
        return new AlignedFloats((int)length);
    }

    public static void CheckFeatures(string path, long features)
    {
        if (features <= FeaturesMax) return;
        throw new InputException(
            $"{path}: {Text(features)} features, and at most {Text(FeaturesMax)} are allowed: hash the categories " +
            "(hashBuckets) or ignore columns.");
    }
}
