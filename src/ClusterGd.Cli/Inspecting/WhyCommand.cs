using System.CommandLine;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Inspecting;

/// <summary><c>clustergd why</c>: one sentence on what makes a run slow, or what it hangs on.</summary>
internal static class WhyCommand
{
    /// <summary>A wait of which nothing was heard for longer than this is over, in a run that goes on.</summary>
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(4);

    /// <summary>Somebody says something every few seconds, as long as anybody can.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    private static readonly string[] s_goodEnds = ["finished", "interrupted"];

    /// <summary>The kinds of lines that say that something went on.</summary>
    private static readonly EventKind[] s_passive = [EventKind.Waiting, EventKind.Note];

    public static Command Create()
    {
        var run = new Argument<string>("RUN")
        {
            Description = "The folder that 'clustergd train' made, also of a run that is going on.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new VerbCommand("why", "Says in one sentence what made a run slow, or what it hangs on.",
            ("clustergd why runs/a9a-20260102-030405", "who was waited for, for what, and how far from its median"))
        {
            run, json,
        };
        command.SetAction(parse =>
        {
            var folder = RunFolder.Open(parse.GetRequiredValue(run));
            var events = RunEventLog.Read(folder.EventsPath, Console.Error.WriteLine).Events;
            string name = parse.GetRequiredValue(run);
            bool isLive = folder.IsClaimed;
            var finding = Cut(events, isLive, folder.TryReadManifest())
                ?? Find(name, events, isLive, DateTimeOffset.UtcNow);
            if (parse.GetValue(json)) PrintJson(finding);
            else Console.WriteLine(finding.Sentence);
        });
        return command;
    }

    private static WhySlow.Finding Find(string run, List<LoggedEvent> all, bool isLive, DateTimeOffset now)
    {
        int began = all.FindLastIndex(e => e.Kind == EventKind.Began);
        if (began < 0 && all.Count > 0)
        {
            throw new InputException($"The event log of {run} has lost its beginning, where a reason would have to " +
                "be looked for; 'clustergd audit' says what else is missing.");
        }
        if (began < 0)
        {
            throw new InputException($"{run} has no event in its log yet; ask again once the run has begun.");
        }
        var events = all.GetRange(began, all.Count - began);
        bool isOver = events[^1].Kind == EventKind.Ended;
        if (isOver && !s_goodEnds.Any(end => events[^1].Why.StartsWith(end, StringComparison.Ordinal)))
        {
            long step = events[^1].Step ?? 0;
            return new WhySlow.Finding("ended", $"The run ended at step {step}, {events[^1].Why}.", step, step);
        }
        if (!isOver && Stuck(events, isLive, now) is { } stuck) return WhyLost.WithPacketLoss(stuck, events);
        var slow = Slow(events);
        var found = WhyLost.Find(events, slow) ?? slow;
        if (found is not null) return WhyLost.WithPacketLoss(found, events);
        var last = events[^1];
        string when = isLive ? "so far" : "long enough to be timed";
        return new WhySlow.Finding(
            "nothing", $"No steps were made {when}; the last that is known, after {Seconds(last.Seconds)}: {last.Why}.",
            last.Step ?? 0, last.Step ?? 0);
    }

    /// <summary>A mode without steps that wait for all shards tells no times of them: evaluations are known.</summary>
    private static WhySlow.Finding? Slow(List<LoggedEvent> events) =>
        new WhySlow([.. events.Select(e => e.Timing).OfType<StepTimes>()]).Find()
        ?? new WhySlow([.. StepTimes.Between(events
            .Where(e => e.Kind == EventKind.Began || e.Kind == EventKind.Evaluated && e.Step is not null)
            .Select(e => (e.Step ?? 0, e.Seconds)))]).Find();

    /// <summary>A log that ends before its run did says nothing of why the run was slow at its end.</summary>
    private static WhySlow.Finding? Cut(List<LoggedEvent> events, bool isLive, ModelManifest? manifest)
    {
        bool isOver = manifest is { End: TrainingEnd.Finished or TrainingEnd.Diverged };
        bool isCut = isOver && !isLive && events.Count > 0 && events[^1].Kind != EventKind.Ended;
        if (!isCut) return null;
        long step = events[^1].Step ?? 0;
        return new WhySlow.Finding(
            "cut", $"The event log ends at step {step}, but the run went on to step {manifest!.Steps}: its last " +
            "lines are missing, so nothing can be said of what was slow.", step, step);
    }

    /// <summary>What a run hangs on, or hung on when its process was killed.</summary>
    private static WhySlow.Finding? Stuck(List<LoggedEvent> events, bool isLive, DateTimeOffset now)
    {
        int moved = events.FindLastIndex(e => !s_passive.Contains(e.Kind));
        int wait = events.FindLastIndex(e => e.Kind == EventKind.Waiting);
        // A slice names the gradients that it lacks; the link that they lack is the cause.
        int link = events.FindLastIndex(e => e.Kind == EventKind.Waiting
            && e.Why.Contains("do not arrive", StringComparison.Ordinal));
        if (link > moved && events[wait].Time - events[link].Time < s_fresh) wait = link;
        var last = events[^1];
        var silence = now - last.Time;
        if (wait > moved && (!isLive || now - events[wait].Time < s_fresh))
        {
            var waiting = events[wait];
            long step = waiting.Step ?? 0;
            double seconds = waiting.Timing?.WaitMs / 1000 ?? (waiting.Time - events[moved].Time).TotalSeconds;
            if (isLive) seconds += Math.Max(0, (now - waiting.Time).TotalSeconds);
            string stuck = isLive ? "Stuck" : "The process is gone; it was stuck";
            return new WhySlow.Finding(
                "stuck", $"{stuck} at step {step} for {Seconds(seconds)}: {waiting.Timing?.Wait ?? waiting.Why}.",
                step, step, waiting.Who, null, seconds * 1000);
        }
        long at = last.Step ?? 0;
        if (isLive)
        {
            if (silence < s_silence) return null;
            string host = events.FindLast(e => e.Timing is not null)?.Who is { } who ? $"; {who} has the slice" : "";
            return new WhySlow.Finding(
                "stuck", $"Stuck at step {at} or later: no node has said anything for {Seconds(silence.TotalSeconds)}" +
                $"{host}; the last: {last.Why}.", at, at);
        }
        return new WhySlow.Finding(
            "gone", $"The process is gone without a last word, {Seconds(silence.TotalSeconds)} ago, at step {at} or " +
            $"later; its last: {last.Why}. 'clustergd resume' goes on with the run.", at, at);
    }

    private static string Seconds(double seconds) => Numbers.Duration(TimeSpan.FromSeconds(seconds));

    private static void PrintJson(WhySlow.Finding finding) => Numbers.WriteObject(json =>
    {
        json.WriteString("kind", finding.Kind);
        json.WriteString("sentence", finding.Sentence);
        json.WriteNumber("firstStep", finding.FirstStep);
        json.WriteNumber("lastStep", finding.LastStep);
        json.WriteString("node", finding.Node);
        json.WriteString("part", finding.Part);
        Numbers.Write(json, "ms", finding.Ms);
        Numbers.Write(json, "usualMs", finding.UsualMs);
    });
}
