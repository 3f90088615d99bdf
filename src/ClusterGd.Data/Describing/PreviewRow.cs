using System.Collections.Immutable;

namespace ClusterGd.Data;

/// <summary>A row as a user may read it.</summary>
/// <param name="Target">As the file has it; empty without one.</param>
/// <param name="Cells">The first values that are not 0, as name and value.</param>
public sealed record PreviewRow(string Target, ImmutableArray<KeyValuePair<string, string>> Cells);
