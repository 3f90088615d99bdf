namespace ClusterGd.Cluster.Transport;

public enum PeerEventKind
{
    /// <summary>The handshake agreed: frames flow.</summary>
    Up,

    /// <summary>The connection broke or could not be made; the side that sends tries again.</summary>
    Down,

    /// <summary>The handshake did not agree; the side that connects tries again, slowly.</summary>
    Refused,
}

/// <summary>What happened to a connection of a peer.</summary>
/// <param name="IsIncoming">The peer sends to this side; else this side sends to the peer.</param>
/// <param name="Node">The peer's name; empty where it never told it.</param>
/// <param name="Endpoint">Where this side connects to, or where the peer came from.</param>
/// <param name="Reason">One sentence; empty for <see cref="PeerEventKind.Up"/>.</param>
public sealed record PeerEvent(
    PeerEventKind Kind, bool IsIncoming, string Node, string Endpoint, TensorStream Stream, string Reason);
