using System.Collections.Immutable;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Times the steps of one slice at its host: who was last, when, and what of it was compute. Bounded, and without
/// allocation in a step, but for a node that is new. Nothing depends on it. One owner.
/// </summary>
public sealed class StepClock(int slice, string host, int shardCount)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(2), s_firstWindow = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan s_waitInterval = TimeSpan.FromSeconds(1), s_waitMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_firstWaitMin = TimeSpan.FromSeconds(5);
    private const int UsualSteps = 4;

    private readonly Samples _steps = new();
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private TimeSpan _began, _windowBegan, _lastTaken;
    private TimeSpan? _usual;
    private long _step = -1, _limit, _firstStep;
    private int _count;
    private Last _last;
    private SlowStep? _slowest;

    /// <summary>The gradient of the present step that has come last so far.</summary>
    private readonly record struct Last(Node? Node, Subtree Subtree, double ArrivedMs, double ComputeMs);

    private sealed class Node(string name)
    {
        public readonly string Name = name;
        public readonly Samples Arrived = new(), Compute = new();
        public int LastCount;
    }

    /// <summary>The parameters after so many updates are out: a step is over, and the next one begins.</summary>
    public void Published(long step, TimeSpan now)
    {
        if (step == _step) return;
        if (step == _step + 1 && _last.Node is not null) End(now);
        (_step, _began, _last) = (step, now, default);
    }

    /// <summary>No step at or beyond it: what passes there is no step's time.</summary>
    public void Limited(long limit, TimeSpan now)
    {
        if (_step >= _limit && limit > _limit) _began = now;
        _limit = limit;
    }

    /// <summary>A gradient has come, perhaps once more.</summary>
    public void Arrived(GradientPart part, TimeSpan now)
    {
        var sum = part.Sum;
        if (sum.Pass != Pass.MiniBatch || sum.Step != _step) return;
        if (!_nodes.TryGetValue(part.Node, out var node)) _nodes.Add(part.Node, node = new Node(part.Node));
        double arrived = (now - _began).TotalMilliseconds, compute = sum.ComputeMicros / 1000.0;
        node.Arrived.Add(arrived);
        node.Compute.Add(compute);
        _last = new Last(node, sum.Subtree, arrived, compute);
    }

    /// <summary>What is to be told now and then, where it is time for it; the while then begins anew.</summary>
    /// <param name="wait">Says what is waited for.</param>
    public StepTimes? Take(TimeSpan now, Func<string?> wait)
    {
        if (_step < 0) return null;
        var since = now - _began;
        var unusual = _usual is { } usual ? Max(s_waitMin, usual * UsualSteps) : s_firstWaitMin;
        string? what = _step < _limit && since >= unusual && now - _lastTaken >= s_waitInterval ? wait() : null;
        bool isOver = _count > 0 && now - _windowBegan >= (_usual is null ? s_firstWindow : s_window);
        if (what is null && !isOver) return null;
        var times = new StepTimes(
            slice, host, _count > 0 ? _firstStep : _step + 1, _count, Round(_steps.Median), Round(_steps.Mean),
            Nodes(), _slowest, what, what is null ? 0 : Round(since.TotalMilliseconds));
        if (_count > 0) _usual = TimeSpan.FromMilliseconds(_steps.Median);
        Forget(now);
        return times;
    }

    private void End(TimeSpan now)
    {
        double ms = (now - _began).TotalMilliseconds;
        if (_count == 0)
        {
            _firstStep = _step + 1;
            if (_usual is null) _windowBegan = _began;
        }
        _count++;
        _steps.Add(ms);
        _last.Node!.LastCount++;
        if (ms > (_slowest?.Ms ?? 0))
        {
            _slowest = new SlowStep(
                _step + 1, Round(ms), _last.Node.Name, _last.Subtree.First, _last.Subtree.End(shardCount) - 1,
                Round(_last.ArrivedMs), Round(_last.ComputeMs));
        }
    }

    private ImmutableArray<NodeTimes> Nodes() =>
    [
        .. _nodes.Values.Where(node => node.Arrived.Count > 0)
            .OrderByDescending(node => node.LastCount).ThenByDescending(node => node.Arrived.Mean)
            .Take(StepTimes.NodesMax)
            .Select(node => new NodeTimes(
                node.Name, Round(node.Arrived.Mean), Round(node.Compute.Mean), node.LastCount)),
    ];

    private void Forget(TimeSpan now)
    {
        (_windowBegan, _lastTaken, _count, _slowest) = (now, now, 0, null);
        _steps.Clear();
        foreach (var node in _nodes.Values)
        {
            node.Arrived.Clear();
            node.Compute.Clear();
            node.LastCount = 0;
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>To µs: more digits would only be longer.</summary>
    private static double Round(double ms) => Math.Round(ms, 3);
}
