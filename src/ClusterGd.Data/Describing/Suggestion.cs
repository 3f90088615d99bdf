namespace ClusterGd.Data;

/// <summary>A key that a job should state for a file, and why.</summary>
/// <param name="Value">As YAML.</param>
public sealed record Suggestion(string Key, string Value, string Reason);
