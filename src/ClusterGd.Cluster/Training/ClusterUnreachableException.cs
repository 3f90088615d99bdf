namespace ClusterGd.Cluster;

/// <summary>Nobody answered in time; the message says who was waited for and how long.</summary>
public sealed class ClusterUnreachableException(string message) : Exception(message);
