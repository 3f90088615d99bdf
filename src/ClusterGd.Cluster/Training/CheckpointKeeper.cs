using System.Diagnostics;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster;

/// <summary>
/// Saves the checkpoints of a run in the run's folder, one at a time and beside the training, which never waits for the
/// disk: of those that come while one is being written only the newest is written next. What cannot be written is told
/// once, and the next one is tried. Thread-safe.
/// </summary>
public sealed class CheckpointKeeper
{
    /// <summary>How long the end of a run waits for the disk, and after what time a slow one is worth a word.</summary>
    private static readonly TimeSpan s_closeTime = TimeSpan.FromSeconds(30), s_slow = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private readonly CheckpointFolder _folder;
    private readonly CheckpointHeader _identity;
    private readonly int _keep;
    private readonly ILogger _log;
    private readonly EvaluationHistory _history;
    private readonly CheckpointCollector _collector;
    private long _begin = Stopwatch.GetTimestamp();
    private Checkpoint? _next, _newest;
    private Task? _writing;
    private long _writingSince, _toldOf;
    private bool _isClosed, _hasFailed;

    /// <param name="plan">Of the run.</param>
    /// <param name="folder">Where they go.</param>
    /// <param name="runId">Of the run that began the folder.</param>
    /// <param name="start">What the run begins with; null for a run from step 0.</param>
    /// <param name="log">Told what is saved, and warned of trouble and its end; from any thread.</param>
    public CheckpointKeeper(
        TrainingPlan plan, CheckpointFolder folder, ulong runId, Checkpoint? start, ILogger log)
    {
        (_folder, _keep, _log, Start) = (folder, plan.Job.Checkpoint.Keep, log, start);
        _identity = CheckpointHeader.Of(runId, plan, 0);
        _history = new EvaluationHistory(plan);
        foreach (var evaluation in start?.History ?? []) _history.Add(evaluation);
        _collector = new CheckpointCollector(plan, start);
    }

    /// <summary>What the run begins with; null for step 0.</summary>
    public Checkpoint? Start { get; private set; }

    /// <summary>Told the step of each that is on the disk; from any thread.</summary>
    public Action<long>? Saved { get; init; }

    /// <summary>Takes a slice's state, where slice and folder are in one process. The state is only read.</summary>
    internal void Offer(SliceState state)
    {
        lock (_lock)
        {
            _collector.Add(state);
            if (_collector.TryComplete(_history) is { } checkpoint) Save(checkpoint);
        }
    }

    /// <summary>An evaluation of the run, before any state of a later step.</summary>
    internal void Remember(Evaluation evaluation)
    {
        lock (_lock) _history.Add(evaluation);
    }

    /// <summary>Has a checkpoint written.</summary>
    internal void Save(Checkpoint checkpoint)
    {
        var elapsed = (Start?.Elapsed ?? TimeSpan.Zero) + Stopwatch.GetElapsedTime(_begin);
        lock (_lock)
        {
            if (_isClosed) return;
            _next = _newest = checkpoint with { Elapsed = elapsed };
            _writing ??= Task.Run(WriteAll);
            TellIfSlow();
        }
    }

    private void TellIfSlow()
    {
        var time = Stopwatch.GetElapsedTime(_writingSince);
        if (_writingSince == 0 || time < s_slow || _toldOf == _writingSince) return;
        _toldOf = _writingSince;
        _log.CheckpointSlow(time.TotalSeconds);
    }

    /// <summary>The run goes on elsewhere, with the newest checkpoint that has come here.</summary>
    internal void Restart()
    {
        lock (_lock) (Start, _begin) = (_newest ?? Start, Stopwatch.GetTimestamp());
    }

    /// <summary>Takes no more of them and waits, not for ever, for the one that is being written.</summary>
    /// <param name="writesLast">Whether one that has not been begun is still wanted: the run will be resumed.</param>
    public async Task CloseAsync(bool writesLast)
    {
        Task writing;
        lock (_lock)
        {
            _isClosed = true;
            if (!writesLast) _next = null;
            writing = _writing ?? Task.CompletedTask;
        }
        if (await Task.WhenAny(writing, Task.Delay(s_closeTime)).ConfigureAwait(false) != writing)
        {
            _log.CheckpointUnfinished(s_closeTime.TotalSeconds);
        }
    }

    private void WriteAll()
    {
        while (true)
        {
            Checkpoint checkpoint;
            lock (_lock)
            {
                if (_next is null)
                {
                    (_writing, _writingSince) = (null, 0);
                    return;
                }
                (checkpoint, _next, _writingSince) = (_next, null, Stopwatch.GetTimestamp());
            }
            Write(checkpoint);
        }
    }

    private void Write(Checkpoint checkpoint)
    {
        try
        {
            _folder.Write(_identity with { Step = checkpoint.Step }, checkpoint, _keep);
            _log.CheckpointSaved(checkpoint.Step);
            if (_hasFailed) _log.CheckpointsAgain(checkpoint.Step);
            _hasFailed = false;
            Saved?.Invoke(checkpoint.Step);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Training goes on: a checkpoint saves time, and nothing else depends on it.
            if (!_hasFailed) _log.CheckpointNotSaved(checkpoint.Step, e.Message);
            _hasFailed = true;
        }
    }
}
