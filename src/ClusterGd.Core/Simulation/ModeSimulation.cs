using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// A parameter server and a worker a shard in virtual time: the server and worker of the mode, real gradients of the
/// real rows, and times drawn by a seed. The same seed gives the same run, event by event.
/// </summary>
public sealed class ModeSimulation
{
    private const int HeaderBytes = 64;
    private static readonly RoleAddress s_server = RoleAddress.OfSlice(0, "server");
    private readonly TrainingMode _mode;
    private readonly TrainingPlan _plan;
    private readonly WorkTimes _times;
    private readonly ulong _seed;
    private readonly ModeServer _server;
    private readonly ModeComputer _computer;
    private readonly ModeWorker[] _workers;
    private readonly PriorityQueue<Action, (TimeSpan At, long Sequence)> _queue = new();
    private readonly List<ModePoint> _points = [];
    private readonly long _tensorBytes;
    private readonly TimeSpan _retryInterval;
    private TimeSpan _now;
    private long _events, _messages, _bytes;
    private double _evaluatedAt;

    /// <param name="store">All rows.</param>
    public ModeSimulation(TrainingMode mode, TrainingPlan plan, ShardStore store, WorkTimes times, ulong seed)
    {
        (_mode, _plan, _times, _seed) = (mode, plan, times, seed);
        _server = ModeServer.Create(mode, plan, plan.InitialParameters(store));
        _computer = new ModeComputer(mode, plan, store);
        int wide = plan.Job.Training.Wire == Kernels.ElementType.Float32 ? 4 : 2;
        _tensorBytes = (long)plan.Model.ParameterCount * wide + HeaderBytes;
        _retryInterval = 2 * times.Transfer(_tensorBytes) + TimeSpan.FromMilliseconds(times.ComputeMs);
        _workers = [.. Enumerable.Range(0, plan.ShardCount).Select(w => new ModeWorker(w, _retryInterval))];
    }

    /// <summary>Runs to the end of the epochs, or until the run has diverged.</summary>
    /// <param name="report">Called with each point as it is measured.</param>
    /// <param name="crashes">Moments at which a server goes on in another's place; ascending.</param>
    public ModeRun Run(Action<ModePoint>? report = null, params ReadOnlySpan<TimeSpan> crashes)
    {
        Evaluate(report);
        foreach (var crash in crashes) After(crash, () => OnServer((s, news) => s.BeginTerm(s.Term + 1, news)));
        OnServer((s, news) => s.Start(news));
        if (_times.Drop > 0) After(_retryInterval, Tick);
        while (!_server.IsDone && _queue.TryDequeue(out var action, out var key))
        {
            _now = key.At;
            action();
            if (Epochs - _evaluatedAt >= _plan.Job.Training.EvaluateEvery && !_server.IsDone) Evaluate(report);
        }
        Evaluate(report);
        return new ModeRun
        {
            Points = [.. _points], Parameters = _server.Parameters(), Updates = _server.Version,
            Staleness = _server.Staleness.ToImmutableSortedDictionary(), Dropped = _server.DroppedCount,
            Bytes = _bytes, Log = [.. _server.Log],
            Problem = _server.Divergence?.What ?? (_server.IsDone ? null : "nothing is left to happen"),
        };
    }

    private double Epochs => (double)_server.RowsCounted / _plan.Shards.RowCount;

    private void Evaluate(Action<ModePoint>? report)
    {
        _evaluatedAt = Math.Floor(Epochs);
        var parameters = _server.Parameters();
        var train = _computer.Evaluate(RowSet.Train, parameters);
        var measured = _plan.HasTest ? _computer.Evaluate(RowSet.Test, parameters) : train;
        var point = new ModePoint(
            _now, Epochs, train.Objective + _server.Penalty(),
            Metrics.Metrics.Of(measured, _plan.Data.Schema.TargetKind));
        _points.Add(point);
        report?.Invoke(point);
    }

    private void OnServer(Action<ModeServer, List<Assignment>> action)
    {
        var news = new List<Assignment>();
        action(_server, news);
        foreach (var assignment in news)
        {
            Send(_tensorBytes, assignment.Model.Values, () => OnWorker(assignment.Worker, (w, outbox) =>
                w.Handle(assignment, _now, outbox)));
        }
    }

    private void OnWorker(int worker, Action<ModeWorker, Outbox> action)
    {
        var outbox = new Outbox();
        action(_workers[worker], outbox);
        for (int i = 0; i < outbox.Count; i++)
        {
            switch (outbox[i].What)
            {
                case NodeEffect.ComputeAssignment compute:
                    Compute(compute.Assignment);
                    break;
                case WorkerPush push:
                    Send(_tensorBytes, push.Sum.Values, () => OnServer((s, news) => s.Handle(push, news)));
                    break;
                case AssignmentRequest ask:
                    Send(HeaderBytes, null, () => OnServer((s, news) => s.Repeat(ask.Worker, news)));
                    break;
                case var wish:
                    throw new InvalidOperationException($"nothing is known of {wish}");
            }
        }
    }

    private void Compute(Assignment assignment)
    {
        int steps = _mode is LocalSteps local
            ? (int)Math.Min(local.Every, _plan.StepsTotal - assignment.Sequence * local.Every) : 1;
        var push = _computer.Compute(assignment, out var divergence);
        if (push is null)
        {
            _server.Diverge(divergence!);
            return;
        }
        var time = _times.Compute(_seed, assignment.Worker, _plan.ShardCount, assignment.Sequence, steps);
        After(time, () => OnWorker(assignment.Worker, (w, outbox) =>
            w.Computed(assignment, push, s_server, _now, outbox)));
    }

    private void Tick()
    {
        for (int worker = 0; worker < _workers.Length; worker++)
        {
            OnWorker(worker, (w, outbox) => w.Tick(s_server, _now, outbox));
        }
        After(_retryInterval, Tick);
    }

    /// <param name="values">Of which each arrival has a share.</param>
    private void Send(long bytes, PooledFloats? values, Action deliver)
    {
        _bytes += bytes;
        var (lost, doubled, late, _) = Draw.Block(_seed, DrawPurpose.WorkTimes, 1, _messages++, 0, 0);
        if (Philox.Uniform(lost) < _times.Drop)
        {
            values?.Release();
            return;
        }
        After(_times.Transfer(bytes), deliver);
        if (Philox.Uniform(doubled) < _times.Duplicate)
        {
            values?.Retain();
            After(_times.Transfer(bytes) * (1 + 10 * Philox.Uniform(late)), deliver);
        }
    }

    private void After(TimeSpan delay, Action action) => _queue.Enqueue(action, (_now + delay, _events++));
}
