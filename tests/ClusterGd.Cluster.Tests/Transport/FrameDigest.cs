using System.IO.Hashing;
using System.Runtime.InteropServices;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>A receiver that keeps a hash of each frame: header and payload.</summary>
internal sealed class FrameDigest : ITensorReceiver
{
    private readonly byte[] _header = new byte[FrameHeader.Size];

    public List<ulong> Frames { get; } = [];

    public long BytesMax { get; init; } = 1000;

    public long MaxBytes(in FrameHeader header) => BytesMax;

    public void Receive(in FrameHeader header, string node, PooledFloats values)
    {
        Add(in header, MemoryMarshal.AsBytes(values.Span));
        values.Release();
    }

    public void Receive(in FrameHeader header, ReadOnlySpan<byte> payload) => Add(in header, payload);

    public void PeerChanged(PeerEvent happened) { }

    public void Failed(Exception bug) { }

    private void Add(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        header.Write(_header);
        Frames.Add(XxHash3.HashToUInt64(_header) ^ XxHash3.HashToUInt64(payload, seed: 1));
    }
}
