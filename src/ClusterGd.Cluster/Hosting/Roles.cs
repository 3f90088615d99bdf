namespace ClusterGd.Cluster.Hosting;

/// <summary>What a member of the cluster is there for.</summary>
internal static class Roles
{
    /// <summary>Hosts shards, slices and coordinators.</summary>
    public const string Node = "node";

    /// <summary>Submits a run and follows it.</summary>
    public const string Client = "client";
}
