using System.Collections.Concurrent;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Faults;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>What frames suffer on purpose, between two real transports.</summary>
public sealed class FrameFaultsTests : IDisposable
{
    private static readonly TimeSpan s_limit = Limits.Hang;
    private readonly ConcurrentDictionary<int, long> _struck = new();
    private readonly LiveFaults _faults;
    private readonly Party _a, _b = new("b");

    public FrameFaultsTests()
    {
        _faults = new LiveFaults(1, (fault, count) => _struck[fault] = count) { Self = "a:1" };
        _a = new Party("a", faults: _faults);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    [Fact]
    public void Send_PeerCutOff_ArrivesOnlyOnceThatIsOver()
    {
        _faults.Begin(0, FaultKinds.New(FaultKind.Partition), [_b.Endpoint]);
        Send(1);
        _faults.End(0);
        Send(2);

        Assert.Equal([2f], _b.Recorder.Frame().Values);
        Assert.Equal(1, _struck[0]);
    }

    [Fact]
    public void Send_Doubled_ArrivesTwice()
    {
        _faults.Begin(0, FaultKinds.New(FaultKind.Duplicate) with { Probability = 1 }, null);
        Send(1);

        Assert.Equal([1f], _b.Recorder.Frame().Values);
        Assert.Equal([1f], _b.Recorder.Frame().Values);
    }

    [Fact]
    public void Send_HeldBack_IsOvertaken()
    {
        var late = FaultKinds.New(FaultKind.Delay) with { UpTo = TimeSpan.FromMilliseconds(400) };
        _faults.Begin(0, late, null);
        Send(1);
        _faults.End(0);
        Send(2);

        float[] first = _b.Recorder.Frame().Values, second = _b.Recorder.Frame().Values;
        Assert.Equal([1f, 2f], first.Concat(second).Order());
    }

    [Fact]
    public void Send_Spoiled_IsFoundByTheReceiverAndWhatFollowsArrives()
    {
        _faults.Begin(0, FaultKinds.New(FaultKind.Corrupt) with { Probability = 1 }, null);
        Send(1);
        Assert.True(SpinWait.SpinUntil(
            () => _b.Transport.Counters is { ChecksumErrorCount: > 0 } or { FrameErrorCount: > 0 }, s_limit));
        _faults.End(0);

        // The connection has been closed: until that is noticed here, frames may be lost.
        Assert.True(SpinWait.SpinUntil(() =>
        {
            Send(2);
            return _b.Recorder.TryFrame(TimeSpan.FromMilliseconds(100)) is [2f];
        }, s_limit));
    }

    private void Send(float value) => _a.Transport.Send(
        _b.Endpoint, Party.Header(FrameKind.SlicePublished), Party.Floats(value), 0, 1);
}
