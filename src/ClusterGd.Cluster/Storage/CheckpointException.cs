namespace ClusterGd.Cluster.Storage;

/// <summary>A checkpoint file is damaged or of another format; the message says where, as a clause.</summary>
public sealed class CheckpointException(string message) : Exception(message);
