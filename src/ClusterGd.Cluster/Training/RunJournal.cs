using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Events;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster;

/// <summary>
/// Writes what happens in a run into its record. Of what is told again and again only what is new; a wait is told every
/// few seconds while it lasts. One owner.
/// </summary>
public sealed class RunJournal(RunRecord record)
{
    private static readonly TimeSpan s_waitInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_timesInterval = TimeSpan.FromSeconds(5);

    private readonly long _begin = Stopwatch.GetTimestamp();
    private DirectiveEvents _directives = new();
    private readonly Dictionary<long, ImmutableArray<StepsCounted>> _evaluated = [];
    private long _step, _lastWait, _lastTimes, _lastWord = Stopwatch.GetTimestamp();
    private StepTimes? _times;
    private int _generation;
    private string? _waitedFor, _attack;
    private TrainingPlan? _plan;

    /// <summary>The first line of a process.</summary>
    /// <param name="start">What it begins with; null for step 0.</param>
    /// <param name="isResumed">Whether another process began the run.</param>
    /// <param name="attack">What the run is made under; null for none.</param>
    public void Begin(TrainingPlan plan, Checkpoint? start, bool isResumed, string? attack)
    {
        (_plan, _attack, _step) = (plan, attack, start?.Step ?? 0);
        if (isResumed) Reopen();
        string what = isResumed ? "resumed" : "begun";
        string with = _step > 0 ? $"the checkpoint of step {_step}" : "step 0";
        Write(new RunEvent(EventKind.Began, _step, "", $"the run is {what} with {with}"), line => line with
        {
            JobHash = JobText.Hash(plan.Job, JobTables.All), DataHash = plan.Data.ContentHash, Attack = attack,
        });
        // The process before may have been killed with a line on its lips.
        foreach (var evaluation in start?.History ?? []) Count(evaluation);
    }

    private void Reopen()
    {
        foreach (var known in record.Reopen())
        {
            if (known is { Kind: EventKind.Evaluated, Counted: { } counted } && known.Step < _step)
            {
                _evaluated[known.Step.Value] = [.. counted.Select(line => line.Read()).OfType<StepsCounted>()];
            }
        }
    }

    public void Take(TrainingEvent happened)
    {
        if (happened is SecondPassed)
        {
            record.TryFlush();
            Listen();
            return;
        }
        if (happened is not Note) _lastWord = Stopwatch.GetTimestamp();
        switch (happened)
        {
            case Progress progress:
                Reached(progress.Step);
                break;
            case Directed { Directive: var directive }:
                Follow(directive);
                break;
            case Restarted restarted:
                // Terms and generations begin again with the nodes that are found.
                (_directives, _generation) = (new DirectiveEvents(), 0);
                _evaluated.Clear();
                Begin(_plan!, restarted.Start, isResumed: true, _attack);
                break;
            case CheckpointSaved saved:
                Write(new RunEvent(EventKind.Saved, saved.Step, "", $"the checkpoint of step {saved.Step} is written"));
                break;
            case Ordered ordered:
                record.Add(ordered.First, ordered.Lines);
                break;
            case Evaluated evaluated:
                // Before the metrics have it, so that an audit never finds more in them than here.
                Reached(evaluated.Evaluation.Step);
                Count(evaluated.Evaluation);
                record.Add(evaluated.Evaluation);
                break;
            case StepsTimed { Times: var times }:
                Time(times);
                break;
            case Waiting waiting:
                Wait(waiting);
                break;
            case Note note:
                Write(new RunEvent(EventKind.Note, _step, "", note.Text));
                break;
        }
    }

    /// <summary>The last line. Evaluations that were not heard of when they were made are made up for.</summary>
    public void End(TrainingResult result)
    {
        foreach (var evaluation in result.History) Count(evaluation);
        string end = result.End switch
        {
            TrainingEnd.Finished => "finished",
            TrainingEnd.Diverged => "diverged",
            TrainingEnd.ClusterLost => "the cluster was lost",
            TrainingEnd.Interrupted => "interrupted",
            TrainingEnd.Corrupted => "corrupted",
        };
        string why = end == result.StopReason ? end : $"{end}: {result.StopReason}";
        Write(
            new RunEvent(EventKind.Ended, result.Steps, "", why),
            line => line with { ModelSha256 = result.ModelSha256 });
    }

    /// <summary>The last line where there is no result.</summary>
    public void Fail(Exception failure) =>
        Write(new RunEvent(EventKind.Ended, _step, "", $"without a result: {failure.Message}"));

    /// <summary>Where no node can say what is wrong, their silence is what there is to say.</summary>
    private void Listen()
    {
        var silence = Stopwatch.GetElapsedTime(_lastWord);
        if (silence < s_silence || Stopwatch.GetElapsedTime(_lastWait) < s_waitInterval) return;
        _lastWait = Stopwatch.GetTimestamp();
        Write(new RunEvent(
            EventKind.Waiting, _step, "", $"no node has said anything for {Seconds(silence)} s"));
    }

    private void Reached(long step)
    {
        if (step > _step) _waitedFor = null;
        _step = Math.Max(_step, step);
    }

    private void Follow(RunDirective directive)
    {
        if (directive.Layout.Generation > _generation)
        {
            // What was counted before is void: it is counted once more, from a checkpoint on.
            _generation = directive.Layout.Generation;
            _step = 0;
            _evaluated.Clear();
        }
        if (directive.Last is { } last)
        {
            Reached(last.Step);
            Count(last);
        }
        foreach (var happened in _directives.Follow(directive, _step)) Write(happened);
    }

    private void Count(Evaluation evaluation)
    {
        if (_evaluated.TryGetValue(evaluation.Step, out var known) && known.SequenceEqual(evaluation.Counted))
        {
            return;
        }
        _evaluated[evaluation.Step] = evaluation.Counted;
        string loss = evaluation.TrainLoss.ToString("G6", CultureInfo.InvariantCulture);
        Write(new RunEvent(EventKind.Evaluated, evaluation.Step, "", $"step {evaluation.Step}: loss {loss}"),
            line => line with { Counted = [.. evaluation.Counted.Select(CountedLine.Of)] });
    }

    private void Wait(Waiting waiting)
    {
        bool isDue = waiting.What != _waitedFor || Stopwatch.GetElapsedTime(_lastWait) >= s_waitInterval;
        if (!isDue) return;
        (_waitedFor, _lastWait) = (waiting.What, Stopwatch.GetTimestamp());
        Write(new RunEvent(
            EventKind.Waiting, _step, "", $"waiting for {waiting.What} since {Seconds(waiting.Since)} s"));
    }

    /// <summary>Waits at once; else, of all slices, now and then the one that explains most.</summary>
    private void Time(StepTimes times)
    {
        times = Shorten(times);
        if (times.Steps > 0) Reached(times.FirstStep + times.Steps - 1);
        if (times.Wait is not null)
        {
            string since = Seconds(TimeSpan.FromMilliseconds(times.WaitMs));
            Write(
                new RunEvent(EventKind.Waiting, times.FirstStep - 1, times.Node, $"{times.Wait}, since {since} s"),
                line => line with { Timing = times });
            return;
        }
        if (times.IsWorseThan(_times)) _times = times;
        bool isDue = _lastTimes == 0 || Stopwatch.GetElapsedTime(_lastTimes) >= s_timesInterval;
        if (!isDue) return;
        var worst = _times!;
        (_times, _lastTimes) = (null, Stopwatch.GetTimestamp());
        string mean = worst.MeanMs.ToString("G4", CultureInfo.InvariantCulture);
        Write(
            new RunEvent(EventKind.Steps, worst.FirstStep + worst.Steps - 1, worst.Node, $"steps took {mean} ms"),
            line => line with { Timing = worst });
    }

    private static StepTimes Shorten(StepTimes times) => times with
    {
        Node = NodeActor.Shorten(times.Node), Wait = times.Wait is null ? null : NodeActor.Shorten(times.Wait),
        Slowest = times.Slowest is { } slowest ? slowest with { Node = NodeActor.Shorten(slowest.Node) } : null,
        Nodes = [.. times.Nodes.Select(node => node with { Node = NodeActor.Shorten(node.Node) })],
    };

    private static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);

    private void Write(RunEvent happened, Func<LoggedEvent, LoggedEvent>? more = null)
    {
        var line = new LoggedEvent
        {
            Time = DateTimeOffset.UtcNow, Seconds = Math.Round(Stopwatch.GetElapsedTime(_begin).TotalSeconds, 3),
            Step = happened.Step < 0 ? null : happened.Step, Kind = happened.Kind,
            Who = happened.Who.Length == 0 ? null : NodeActor.Shorten(happened.Who),
            Why = NodeActor.Shorten(happened.Why),
        };
        record.Add(more is null ? line : more(line));
    }
}
