using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// What a transport delivers to. Called on the transport's own threads, several at once; within one connection in
/// order. It must not block: while it does, the connection is not read.
/// </summary>
public interface ITensorReceiver
{
    /// <summary>
    /// The bytes a frame with this header may carry, asked before anything is allocated: the header may come from
    /// anywhere. Negative: not expected at all. A frame beyond it closes the connection.
    /// </summary>
    long MaxBytes(in FrameHeader header);

    /// <summary>Takes over one owner's share of the values, of which the length is the frame's.</summary>
    /// <param name="node">Who is at the other end of the connection.</param>
    void Receive(in FrameHeader header, string node, PooledFloats values);

    /// <summary>Bytes, valid during the call.</summary>
    void Receive(in FrameHeader header, ReadOnlySpan<byte> payload);

    /// <summary>
    /// A connection came, went, or was refused. Told when it changes; the same refusal once a minute at most.
    /// </summary>
    void PeerChanged(PeerEvent happened);

    /// <summary>A bug: one of the transport's threads has ended, or what it called. Not told of what happens to peers.
    /// </summary>
    void Failed(Exception bug);
}
