using System.Collections.Immutable;
using ClusterGd.Core.Data;

namespace ClusterGd.Data;

/// <summary>Rows ready to train on, how they were made, and what was left out of them.</summary>
public sealed record LoadedData(DataSet DataSet, DataEncoding Encoding, ImmutableArray<BadRow> Quarantined)
{
    /// <summary>One sentence for each thing a user should know though it is no error, such as unknown
    /// categories.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];
}
