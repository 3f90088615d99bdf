namespace ClusterGd.Data;

/// <summary>A label and in how many rows it occurs.</summary>
public sealed record ClassCount(string Name, long Count);
