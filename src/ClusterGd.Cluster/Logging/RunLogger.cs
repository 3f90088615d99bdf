using System.Globalization;
using ClusterGd.Cluster.Actors;
using ClusterGd.Core.Events;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Logging;

/// <summary>
/// Logs what happens in a run, of what is told again and again only what is new. Reads the decisions off the
/// directives, so that a process that missed some of them logs their sum. Thread-safe.
/// </summary>
internal sealed class RunLogger(ILogger log, ulong runId)
{
    private readonly Lock _lock = new();
    private readonly DirectiveEvents _directives = new();
    private readonly string _run = NameOf(runId);
    private Waiting? _lastWait;
    private long _step;

    /// <summary>A run's name in logs.</summary>
    public static string NameOf(ulong runId) => runId.ToString("x16", CultureInfo.InvariantCulture);

    /// <param name="step">Updates that this process knows of by itself; a client hears of them by events.</param>
    public void Take(TrainingEvent happened, long step)
    {
        if (!log.IsEnabled(LogLevel.Warning)) return;
        step = Math.Max(step, Volatile.Read(ref _step));
        switch (happened)
        {
            case Progress progress:
                Volatile.Write(ref _step, progress.Step);
                break;
            case Directed { Directive: var directive }:
                lock (_lock)
                {
                    foreach (var decided in _directives.Follow(directive, step)) Log(decided);
                }
                break;
            case Evaluated { Evaluation: var evaluation }:
                Volatile.Write(ref _step, evaluation.Step);
                log.Evaluated(_run, evaluation.Step, evaluation.TrainLoss);
                break;
            case Waiting waiting:
                lock (_lock)
                {
                    if (!Waits.IsNews(waiting, _lastWait)) break;
                    _lastWait = waiting;
                }
                log.RunWaits(_run, NodeActor.Shorten(waiting.What), waiting.Since.TotalSeconds);
                break;
            case Note note:
                log.Decided(_run, step, NodeActor.Shorten(note.Text));
                break;
        }
    }

    private void Log(RunEvent decided)
    {
        string who = NodeActor.Shorten(decided.Who), why = NodeActor.Shorten(decided.Why);
        switch (decided.Kind)
        {
            case EventKind.Joined:
                log.NodeTakesPart(_run, decided.Step, who, AfterColon(why));
                break;
            case EventKind.Left:
                log.NodeRelieved(_run, decided.Step, who, AfterColon(why));
                break;
            case EventKind.Placed:
                log.LayoutPlaced(_run, decided.Step, why);
                break;
            case EventKind.Planned:
                log.LayoutPlanned(_run, decided.Step, why);
                break;
            case EventKind.TakenOver:
                log.SliceTakenOver(_run, decided.Step, who, why);
                break;
            case EventKind.Coordinator:
                log.CoordinatorPlaced(_run, decided.Step, who);
                break;
            case EventKind.BeganAnew:
                log.RunRestarts(_run, decided.Step, why);
                break;
            case EventKind.CheckpointDue:
                log.CheckpointDue(_run, decided.Step, why);
                break;
            case EventKind.Stopped:
                log.RunStops(_run, decided.Step, why);
                break;
            default:
                log.Decided(_run, decided.Step, why);
                break;
        }
    }

    /// <summary>The event says first who it is about, which has a value of its own here.</summary>
    private static string AfterColon(string why) => why[(why.IndexOf(": ", StringComparison.Ordinal) + 2)..];
}
