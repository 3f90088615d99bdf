namespace ClusterGd.Cluster.Hosting;

/// <summary>What a node waits for, completing the sentence "waits for …", and when that began.</summary>
public sealed record HealthWait(string What, TimeSpan Since);
