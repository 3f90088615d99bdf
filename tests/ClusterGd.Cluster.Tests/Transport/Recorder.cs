using System.Collections.Concurrent;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>A receiver that keeps what it was told, and waits for it with a limit.</summary>
internal sealed class Recorder : ITensorReceiver
{
    private static readonly TimeSpan s_limit = Limits.Hang;
    private readonly BlockingCollection<(FrameHeader Header, float[] Values, byte[] Bytes)> _frames = [];
    private readonly BlockingCollection<PeerEvent> _events = [];

    public long BytesMax { get; set; } = long.MaxValue;

    /// <summary>Called for each frame of floats in place of keeping a copy; takes over the values.</summary>
    public Action<FrameHeader, PooledFloats>? OnFloats { get; set; }

    public long MaxBytes(in FrameHeader header) => BytesMax;

    public void Receive(in FrameHeader header, string node, PooledFloats values)
    {
        if (OnFloats is not null)
        {
            OnFloats(header, values);
            return;
        }
        _frames.Add((header, values.Span.ToArray(), []));
        values.Release();
    }

    public void Receive(in FrameHeader header, ReadOnlySpan<byte> payload) =>
        _frames.Add((header, [], payload.ToArray()));

    public void PeerChanged(PeerEvent happened) => _events.Add(happened);

    public void Failed(Exception bug) => throw bug;

    public (FrameHeader Header, float[] Values, byte[] Bytes) Frame()
    {
        Assert.True(_frames.TryTake(out var frame, s_limit), $"no frame came within {s_limit.TotalSeconds} s");
        return frame;
    }

    /// <summary>The values of the next frame; null where none comes in time.</summary>
    public float[]? TryFrame(TimeSpan time) => _frames.TryTake(out var frame, time) ? frame.Values : null;

    /// <summary>The next event of a kind; others before it are skipped.</summary>
    public PeerEvent Event(PeerEventKind kind)
    {
        while (_events.TryTake(out var happened, s_limit))
        {
            if (happened.Kind == kind) return happened;
        }
        throw new Xunit.Sdk.XunitException($"no event {kind} came within {s_limit.TotalSeconds} s");
    }

    public int EventCount => _events.Count;
}
