using System.Collections.Immutable;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using ClusterGd.Cli.Nodes;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// Asks the nodes again and again how far they are, and keeps the furthest answer of each moment. A node that does not
/// answer at once is left out.
/// </summary>
internal sealed class StepRecorder : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(20);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMilliseconds(200) };
    private readonly CancellationTokenSource _end = new();
    private readonly List<StepSample> _samples = [];
    private readonly Task _loop;
    private readonly Dictionary<NodeProcess, (long Step, long Lost)> _nodes = [];
    private long _step;

    public StepRecorder(ChaosNodes nodes, Stopwatch clock) => _loop = RecordAsync(nodes, clock);

    /// <summary>The last that was told.</summary>
    public long Step => Volatile.Read(ref _step);

    /// <summary>Steps by which a node has gone back, all together; of the nodes the most.</summary>
    public long StepsLost
    {
        get { lock (_samples) return _nodes.Values.Select(node => node.Lost).DefaultIfEmpty().Max(); }
    }

    public ImmutableArray<StepSample> Samples
    {
        get { lock (_samples) return [.. _samples]; }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _http.Dispose();
        _end.Dispose();
    }

    private async Task RecordAsync(ChaosNodes nodes, Stopwatch clock)
    {
        while (!_end.IsCancellationRequested)
        {
            var there = nodes.Running.ToList();
            long[] steps = await Task.WhenAll(there.Select(StepOfAsync));
            if (steps.Length > 0 && steps.Max() is >= 0 and var step)
            {
                Volatile.Write(ref _step, step);
                lock (_samples)
                {
                    _samples.Add(new StepSample(clock.Elapsed.TotalSeconds, step));
                    foreach (var (node, its) in there.Zip(steps)) Follow(node, its);
                }
            }
            await Task.Delay(s_interval);
        }
    }

    private void Follow(NodeProcess node, long step)
    {
        if (step < 0) return;
        var (before, lost) = _nodes.GetValueOrDefault(node);
        _nodes[node] = (step, lost + Math.Max(0, before - step));
    }

    private async Task<long> StepOfAsync(NodeProcess node)
    {
        try
        {
            byte[] answer = await (await _http.GetAsync($"http://127.0.0.1:{node.HealthPort}/training"))
                .Content.ReadAsByteArrayAsync();
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.TryGetProperty("step", out var step) ? step.GetInt64() : -1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or SocketException or IOException
            or JsonException)
        {
            return -1;
        }
    }
}
