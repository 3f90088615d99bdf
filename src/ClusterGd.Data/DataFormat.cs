using System.Collections.Immutable;

namespace ClusterGd.Data;

/// <summary>The words for the formats that can be read.</summary>
public static class DataFormat
{
    public const string Csv = "csv", LibSvm = "libsvm", Idx = "idx", Parquet = "parquet";

    public static ImmutableArray<string> All { get; } = [Csv, LibSvm, Idx, Parquet];
}
