using System.Diagnostics;
using ClusterGd.Cluster;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;
using Spectre.Console;

namespace ClusterGd.Cli;

/// <summary>
/// Shows a run while it goes on: a live line on a terminal, else at most one plain line a second. With --json all of it
/// goes to standard error; with --quiet there are warnings only.
/// </summary>
internal sealed class Screen(bool isJson, bool isQuiet)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);
    private readonly TextWriter _out = isJson ? Console.Error : Console.Out;
    private long _lastLine;
    private Waiting? _lastWait;
    private bool _hasTest;
    private int _epochs;

    private bool IsLive => !isJson && !isQuiet && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

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
            await AnsiConsole.Live(new Text("starting")).AutoClear(true).StartAsync(live => read(e =>
            {
                int width = AnsiConsole.Profile.Width;
                // What is written beside the live line must go the same way, and cover what was there.
                if (!line.Take(e)) Tell(e, sentence => AnsiConsole.WriteLine(sentence.PadRight(width - 1)));
                else live.UpdateTarget(new Text(line.Live(width)));
            }));
            return;
        }
        await read(e =>
        {
            if (!line.Take(e)) Tell(e, Warn);
            else if (!isQuiet && line.HasLoss && IsDue()) _out.WriteLine(line.Plain());
        });
    }

    /// <summary>The live line hides the cursor: whoever ends the process beside it must bring it back.</summary>
    public static void ShowCursor()
    {
        if (!Console.IsOutputRedirected) Console.Out.WriteLine("\e[?25h");
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
