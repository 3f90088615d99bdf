using System.Diagnostics;
using ClusterGd.Cluster;
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

    private bool IsLive => !isJson && !isQuiet && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    public void ShowData(LoadedData loaded)
    {
        foreach (var note in loaded.Notes) Warn(note);
        foreach (var row in loaded.Quarantined.Take(5)) Warn($"left out: {row}");
        if (loaded.Quarantined.Length > 5) Warn($"left out: {loaded.Quarantined.Length - 5} more rows");
        if (isQuiet) return;
        var (schema, train, test) = (loaded.DataSet.Schema, loaded.DataSet.Train, loaded.DataSet.Test);
        var classes = schema.ClassNames.IsEmpty ? "" : $", {schema.ClassNames.Length} classes";
        var tests = test is null ? "" : $", {test.Count} test rows";
        _out.WriteLine($"{train.Count} training rows of {schema.FeatureCount} features{classes}{tests}");
    }

    /// <summary>Runs the reader of events with what shows them.</summary>
    public async Task FollowAsync(Func<Action<TrainingEvent>, Task> read)
    {
        var line = new ProgressLine();
        if (IsLive)
        {
            await AnsiConsole.Live(new Text("starting")).AutoClear(true).StartAsync(live => read(e =>
            {
                if (line.Take(e)) live.UpdateTarget(new Text(line.Live(AnsiConsole.Profile.Width)).Overflow(Overflow.Ellipsis));
                else Warn(Sentence(e));
            }));
            return;
        }
        await read(e =>
        {
            if (!line.Take(e)) Warn(Sentence(e));
            else if (!isQuiet && line.HasLoss && IsDue()) _out.WriteLine(line.Plain());
        });
    }

    private bool IsDue()
    {
        if (_lastLine != 0 && Stopwatch.GetElapsedTime(_lastLine) < s_interval) return false;
        _lastLine = Stopwatch.GetTimestamp();
        return true;
    }

    private static string Sentence(TrainingEvent e) => e switch
    {
        Waiting waiting => $"waiting for {waiting.What} since {Numbers.Duration(waiting.Since)}",
        Note note => note.Text,
        _ => $"{e}",
    };

    private static void Warn(string sentence) => Console.Error.WriteLine(sentence);
}
