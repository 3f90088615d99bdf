namespace ClusterGd.Cluster.Transport;

/// <summary>What two nodes must agree on before tensors flow between them.</summary>
/// <param name="RunId">Of the run; a process may serve several.</param>
/// <param name="NodeName">Who this is: the one thing in which the two differ.</param>
public sealed record Handshake(
    ulong RunId, string NodeName, string JobHash, string DataHash, string KernelVersion,
    int ProtocolVersion = Handshake.CurrentProtocolVersion)
{
    public const int CurrentProtocolVersion = 4;

    /// <summary>Why the peer is refused, with both values; null where all agree.</summary>
    public string? DifferenceTo(Handshake peer)
    {
        var differences = new List<string>();
        Compare("speaks protocol", $"{ProtocolVersion}", $"{peer.ProtocolVersion}", "the same version of ClusterGd");
        Compare("is in run", $"{RunId:x16}", $"{peer.RunId:x16}", "one run");
        Compare("has job", JobHash, peer.JobHash, "the same job file");
        Compare("has data", DataHash, peer.DataHash, "the same data files");
        Compare("computes with kernels", KernelVersion, peer.KernelVersion, "the same version of ClusterGd");
        return differences.Count == 0 ? null : string.Join("; ", differences);

        void Compare(string what, string ours, string theirs, string needed)
        {
            if (ours == theirs) return;
            differences.Add($"node {peer.NodeName} {what} {theirs} and node {NodeName} {ours}: both need {needed}");
        }
    }
}
