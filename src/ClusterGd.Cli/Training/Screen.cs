using System.Diagnostics;
using System.Threading.Channels;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;

namespace ClusterGd.Cli.Training;

/// <summary>
/// Shows a run while it goes on: a live line on a terminal, else at most one plain line a second. With --json all of it
/// goes to standard error; with --quiet there are warnings only.
/// </summary>
internal sealed class Screen(bool isJson, bool isQuiet)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1), s_frame = TimeSpan.FromMilliseconds(50);
    private readonly TextWriter _out = isJson ? Console.Error : Console.Out;
    private long _lastLine;
    private Waiting? _lastWait;
    private Func<ProgressLine> _newLine = () => new ProgressLine("train", 0);

    public bool IsQuiet => isQuiet;

    /// <summary>A log on the same terminal would write into the line.</summary>
    private bool IsLive => !isJson && !isQuiet && LiveLine.IsPossible(Console.IsOutputRedirected)
        && (!ProgramLog.Settings.IsOn || Console.IsErrorRedirected);

    public void ShowData(Job job, LoadedData loaded)
    {
        var data = loaded.DataSet;
        var rows = data.Validation is not null ? RowSet.Validation : data.Test is not null ? RowSet.Test : RowSet.Train;
        var limits = job.Stop.Where(c => c.Kind == "wallTime").Select(c => (double)c.Options["seconds"]).ToList();
        _newLine = () => new ProgressLine(
            rows.ToString().ToLowerInvariant(), job.Training.Epochs,
            limits.Count > 0 ? TimeSpan.FromSeconds(limits.Min()) : null);
        foreach (var note in loaded.Notes) Warn(note);
        foreach (var row in loaded.Quarantined.Take(5)) Warn($"left out: {row}");
        int more = loaded.Quarantined.Length - 5;
        if (more > 0) Warn($"left out: {Numbers.Count(more, "more row")}");
        if (isQuiet) return;
        var classes = data.Schema.ClassNames.IsEmpty ? "" : $", {data.Schema.ClassNames.Length} classes";
        if (LargestClass.Of(data.Train, data.Schema) is { } largest)
        {
            classes += $" (largest: {largest.Name}, {Numbers.Percent(largest.Share)})";
        }
        var others = DataSummary.Of(data).Sets.Remove(RowSet.Train)
            .Select(set => ", " + Numbers.Count(data.Of(set)!.Count, $"{set.Name()} row"));
        _out.WriteLine($"{Numbers.Count(data.Train.Count, "training row")} of " +
            Numbers.Count(data.Schema.FeatureCount, "feature") + classes +
            string.Concat(others));
    }

    /// <summary>Runs the reader of events with what shows them.</summary>
    public async Task FollowAsync(Func<Action<TrainingEvent>, Task> read)
    {
        var line = _newLine();
        if (IsLive)
        {
            var live = new LiveLine(Console.Out, LiveLine.TerminalWidth);
            live.Draw(_ => "starting");
            long drawn = 0;
            await read(e =>
            {
                if (!line.Take(e)) Tell(e, live.Tell);
                else if (Stopwatch.GetElapsedTime(drawn) < s_frame && e is not Evaluated) return;
                // Each second at least, so that a terminal of another width gets a line of its own.
                live.Draw(line.Live);
                drawn = Stopwatch.GetTimestamp();
            });
            live.Clear();
            return;
        }
        await read(e =>
        {
            if (!line.Take(e)) Tell(e, Warn);
            else if (!isQuiet && line.HasLoss && IsDue()) _out.WriteLine(line.Plain());
        });
    }

    /// <summary>Follows a run that leaves no folder.</summary>
    /// <param name="train">Given where to report to, from any thread.</param>
    public async Task<TrainingResult> FollowAsync(
        Func<Action<TrainingEvent>, CancellationToken, Task<TrainingResult>> train, CancellationToken interrupt)
    {
        var events = Channel.CreateUnbounded<TrainingEvent>();
        var training = TrainAsync();
        await FollowAsync(async show =>
        {
            await foreach (var e in events.Reader.ReadAllAsync(CancellationToken.None)) show(e);
        });
        return await training;

        async Task<TrainingResult> TrainAsync()
        {
            try
            {
                return await train(e => events.Writer.TryWrite(e), interrupt);
            }
            finally
            {
                events.Writer.Complete();
            }
        }
    }

    private bool IsDue()
    {
        if (_lastLine != 0 && Stopwatch.GetElapsedTime(_lastLine) < s_interval) return false;
        _lastLine = Stopwatch.GetTimestamp();
        return true;
    }

    private void Tell(TrainingEvent e, Action<string> tell)
    {
        if (e is Waiting waiting && Waits.IsNews(waiting, _lastWait))
        {
            tell($"waiting for {waiting.What} since {Numbers.Duration(waiting.Since)}");
            _lastWait = waiting;
        }
        if (e is Note note) tell(note.Text);
    }

    private static void Warn(string sentence) => Console.Error.WriteLine(sentence);
}
