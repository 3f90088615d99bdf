namespace ClusterGd.Cluster.Hosting;

/// <summary>An HTTP status and a JSON object.</summary>
/// <param name="Status">200 where all is well, 503 where not, 404 for a path that is none.</param>
public readonly record struct HealthAnswer(int Status, byte[] Body);
