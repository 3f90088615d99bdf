using System.Diagnostics;
using ClusterGd.Cluster;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;

namespace ClusterGd.Cli;

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
    private bool _hasTest;
    private int _epochs;

    public bool IsQuiet => isQuiet;

    private bool IsLive => !isJson && !isQuiet && LiveLine.IsPossible(Console.IsOutputRedirected);

    public void ShowData(Job job, LoadedData loaded)
    {
        _epochs = job.Training.Epochs;
        foreach (var note in loaded.Notes) Warn(note);
        foreach (var row in loaded.Quarantined.Take(5)) Warn($"left out: {row}");
        if (loaded.Quarantined.Length > 5) Warn($"left out: {loaded.Quarantined.Length - 5} more rows");
        _hasTest = loaded.DataSet.Test is not null;
        if (isQuiet) return;
        var (schema, train, test) = (loaded.DataSet.Schema, loaded.DataSet.Train, loaded.DataSet.Test);
        var classes = schema.ClassNames.IsEmpty ? "" : $", {schema.ClassNames.Length} classes";
        var tests = test is null ? "" : $", {test.Count} test rows";
        _out.WriteLine($"{train.Count} training rows of {schema.FeatureCount} features{classes}{tests}");
    }

    /// <summary>Runs the reader of events with what shows them.</summary>
    public async Task FollowAsync(Func<Action<TrainingEvent>, Task> read)
    {
        var line = new ProgressLine(_hasTest, _epochs);
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

    private bool IsDue()
    {
        if (_lastLine != 0 && Stopwatch.GetElapsedTime(_lastLine) < s_interval) return false;
        _lastLine = Stopwatch.GetTimestamp();
        return true;
    }

    private void Tell(TrainingEvent e, Action<string> tell)
    {
        if (e is Waiting waiting && IsNews(waiting))
        {
            tell($"waiting for {waiting.What} since {Numbers.Duration(waiting.Since)}");
            _lastWait = waiting;
        }
        if (e is Note note) tell(note.Text);
    }

    /// <summary>
    /// A wait of less than a second is how things go, for example while the nodes of a cluster find each other; one
    /// that goes on is told again when it has become twice as long.
    /// </summary>
    private bool IsNews(Waiting waiting) => waiting.Since >= s_interval && (_lastWait is not { } last
        || waiting.What != last.What || waiting.Since < last.Since || waiting.Since >= 2 * last.Since);

    private static void Warn(string sentence) => Console.Error.WriteLine(sentence);
}
