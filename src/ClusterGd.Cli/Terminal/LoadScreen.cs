using System.Diagnostics;
using System.Globalization;
using ClusterGd.Data;

namespace ClusterGd.Cli.Terminal;

/// <summary>
/// Shows how far the reading of data is, from the second second on: a bar on a terminal, else a line now and then.
/// </summary>
internal static class LoadScreen
{
    private const int BarColumns = 20;
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1), s_silenceOfLines = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(200), s_interval = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="Show{T}"/>
    public static void Show(Action load) => Show(() =>
    {
        load();
        return true;
    });

    /// <summary>Loads and shows it on standard error.</summary>
    public static T Show<T>(Func<T> load, bool isQuiet = false)
    {
        if (isQuiet) return load();
        bool isLive = LiveLine.IsPossible(Console.IsErrorRedirected);
        using var meter = ReadMeter.Begin();
        var line = new LiveLine(Console.Error, LiveLine.TerminalWidth);
        long begin = Stopwatch.GetTimestamp();
        using var over = new ManualResetEvent(false);
        var timer = new Timer(_ => Tell(), null, isLive ? s_silence : s_silenceOfLines, isLive ? s_frame : s_interval);
        try
        {
            return load();
        }
        finally
        {
            // A line that is being drawn must be erased, not this one's successor.
            if (timer.Dispose(over)) over.WaitOne();
            if (isLive) line.Clear();
        }

        void Tell()
        {
            var elapsed = Stopwatch.GetElapsedTime(begin);
            if (isLive) line.Draw(width => Text(meter.Path, meter.BytesRead, meter.BytesTotal, elapsed, width));
            else Console.Error.WriteLine(Text(meter.Path, meter.BytesRead, meter.BytesTotal, elapsed, int.MaxValue));
        }
    }

    /// <param name="width">Columns there are; a bar needs some to spare.</param>
    public static string Text(string path, long read, long total, TimeSpan elapsed, int width)
    {
        string name = Path.GetFileName(path);
        if (total == 0 || read == 0) return $"reading {name}".TrimEnd();
        if (read >= total) return $"{name} is read, {Bytes(total)} in all; preparing its rows";
        double fraction = Math.Min(1, (double)read / total), rate = read / Math.Max(elapsed.TotalSeconds, 1e-3);
        var left = TimeSpan.FromSeconds((total - read) / Math.Max(rate, 1));
        string text = string.Create(CultureInfo.InvariantCulture,
            $"reading {name}  {fraction:P0} of {Bytes(total)}  {rate / 1e6:F1} MB/s  {Numbers.Duration(left)} left");
        if (width == int.MaxValue || text.Length + BarColumns + 2 > width) return text;
        int done = (int)(BarColumns * fraction);
        return $"{new string('█', done)}{new string('░', BarColumns - done)} {text}";
    }

    private static string Bytes(long count) => count switch
    {
        >= 1_000_000_000 => (count / 1e9).ToString("F2", CultureInfo.InvariantCulture) + " GB",
        >= 1_000_000 => (count / 1e6).ToString("F1", CultureInfo.InvariantCulture) + " MB",
        _ => (count / 1e3).ToString("F1", CultureInfo.InvariantCulture) + " kB",
    };
}
