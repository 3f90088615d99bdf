using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>Tests that measure the whole process: no other runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class QuietCollection
{
    public const string Name = "quiet process";
}
