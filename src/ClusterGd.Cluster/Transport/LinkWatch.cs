using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Drives a <see cref="LinkHealth"/> and a <see cref="PacketLoss"/>: a thread that sends probes and looks what has
/// come, and, on Linux, what had to be sent again. It is the tensor plane's own,
/// since actors may be late where links are not. Thread-safe.
/// </summary>
internal sealed class LinkWatch : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] s_large = new byte[LinkHealth.LargeBytes];

    private readonly TensorTransport _transport;
    private readonly LinkHealth _health;
    private readonly PacketLoss _loss = new();
    private readonly string _node;
    private readonly byte[] _small;
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _end = new();
    private readonly Dictionary<string, (long Bytes, long LargeBytes)> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _strangers = new(StringComparer.Ordinal);
    private readonly Thread _thread;
    private HashSet<string> _probed = [];
    private RunDirective? _directive;

    /// <param name="node">This process's node, and where its listener is.</param>
    /// <param name="failed">Told of a bug here.</param>
    public LinkWatch(string node, string endpoint, TensorTransport transport, Action<Exception> failed)
    {
        (_transport, _node) = (transport, node);
        _health = new LinkHealth(node);
        _small = Encoding.UTF8.GetBytes($"{node}\n{endpoint}");
        _thread = new Thread(() => Run(failed), maxStackSize: 256 << 10) { IsBackground = true, Name = "link watch" };
        _thread.Start();
    }

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    public void Follow(RunDirective directive)
    {
        lock (_lock)
        {
            _directive = directive;
            _health.Follow(directive, Now);
        }
    }

    /// <summary>A probe has come, which says where its sender is: the layout need not.</summary>
    public void Receive(ReadOnlySpan<byte> probe)
    {
        if (Encoding.UTF8.GetString(probe).Split('\n') is not [var node, var endpoint]) return;
        lock (_lock)
        {
            if (EndpointOf(node) is null) _strangers[node] = endpoint;
        }
    }

    /// <summary>What does not come, and what is lost on the way from here; null where all is well.</summary>
    public LinkReport? Report()
    {
        lock (_lock)
        {
            var report = _health.Report(Now);
            ImmutableArray<LossyLink> lossy = [.. _loss.Lossy];
            return lossy.IsEmpty ? report : (report ?? new LinkReport(_node, [])) with { Lossy = lossy };
        }
    }

    /// <summary>Sends no probe from now on. Does not wait.</summary>
    public void Stop() => _end.Set();

    public void Dispose()
    {
        _end.Set();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    private void Run(Action<Exception> failed)
    {
        try
        {
            Watch();
        }
        catch (Exception bug)
        {
            failed(bug);
        }
    }

    private void Watch()
    {
        TimeSpan small = default, large = default, counted = default;
        while (!_end.Wait(s_look))
        {
            var now = Now;
            bool isSmallDue = now - small >= LinkHealth.ProbeInterval;
            bool isLargeDue = now - large >= LinkHealth.LargeProbeInterval;
            bool isCountDue = now - counted >= PacketLoss.LookInterval;
            List<string> endpoints, gone;
            lock (_lock)
            {
                Look(now);
                _health.Tick(now);
                if (isCountDue) CountSegments();
                endpoints = [.. _health.Peers.Select(EndpointOrStranger).OfType<string>()];
                gone = [.. _probed.Where(endpoint => !endpoints.Contains(endpoint) && !IsInUse(endpoint))];
                _probed = [.. endpoints];
                if (gone.Count > 0)
                {
                    foreach (var (node, endpoint) in _strangers)
                    {
                        if (gone.Contains(endpoint)) _strangers.Remove(node);
                    }
                }
            }
            foreach (string endpoint in gone) _transport.Disconnect(endpoint);
            foreach (string endpoint in endpoints)
            {
                if (isSmallDue) _transport.Probe(endpoint, FrameKind.Probe, _small);
                if (isLargeDue) _transport.Probe(endpoint, FrameKind.LargeProbe, s_large);
            }
            if (isSmallDue) small = now;
            if (isLargeDue) large = now;
            if (isCountDue) counted = now;
        }
    }

    private void Look(TimeSpan now)
    {
        foreach (var (node, meter) in _transport.Received)
        {
            var (bytes, largeBytes) = (meter.Bytes, meter.LargeBytes);
            var before = _seen.GetValueOrDefault(node);
            if (bytes == before.Bytes) continue;
            _seen[node] = (bytes, largeBytes);
            _health.Hear(node, isLarge: largeBytes > before.LargeBytes, now);
        }
    }

    private void CountSegments()
    {
        string[] peers = [.. _health.Peers];
        foreach (string peer in peers)
        {
            if (EndpointOrStranger(peer) is not { } endpoint) continue;
            foreach (var (stream, counters) in _transport.Segments(endpoint)) _loss.Saw(peer, stream, counters);
        }
        _loss.Look(peers);
    }

    private string? EndpointOrStranger(string node) => EndpointOf(node) ?? _strangers.GetValueOrDefault(node);

    private string? EndpointOf(string node) =>
        _directive?.Layout.EndpointOf(node) ?? _directive?.Next?.EndpointOf(node);

    private bool IsInUse(string endpoint) => _directive is { } directive
        && (directive.Layout.Endpoints.Contains(endpoint) || directive.CoordinatorEndpoint == endpoint);
}
