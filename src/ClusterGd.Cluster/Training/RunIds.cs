using System.Security.Cryptography;

namespace ClusterGd.Cluster;

/// <summary>Names of runs: random, since nothing of a run's result depends on its name.</summary>
public static class RunIds
{
    public static ulong New() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
