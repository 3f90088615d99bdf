using System.Diagnostics;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>A running program whose output is collected as it comes. Thread-safe.</summary>
public sealed class LabProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private int _openStreams = 2;
    private bool _isDisposed;

    internal LabProcess(string program, IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, line) => Add(line.Data);
        _process.ErrorDataReceived += (_, line) => Add(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>All lines so far, standard output and error in the order of arrival.</summary>
    public string Output
    {
        get { lock (_lines) return string.Join('\n', _lines); }
    }

    /// <summary>Waits for a line, from the beginning on, that contains the text.</summary>
    /// <param name="count">Which of those lines: 1 for the first.</param>
    /// <exception cref="TimeoutException">No such line came in time, or before the program ended.</exception>
    public string WaitForLine(string text, TimeSpan patience, int count = 1)
    {
        var since = Stopwatch.StartNew();
        int seen = 0, left = count;
        lock (_lines)
        {
            while (true)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (_lines[seen].Contains(text, StringComparison.Ordinal) && --left == 0) return _lines[seen];
                }
                var time = patience - since.Elapsed;
                if (_openStreams == 0 || time <= TimeSpan.Zero || !Monitor.Wait(_lines, time))
                {
                    throw new TimeoutException(
                        $"No line with '{text}' in {since.Elapsed.TotalSeconds:0.0} s; printed was:\n{Output}");
                }
            }
        }
    }

    /// <returns>The exit code; 128 + n where signal n ended it.</returns>
    /// <exception cref="TimeoutException">It did not end in time.</exception>
    public int WaitForExit(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
        {
            throw new TimeoutException(
                $"Process {Id} did not end in {patience.TotalSeconds:0.0} s; printed was:\n{Output}");
        }
        _process.WaitForExit();   // the overload without a time also waits for the rest of the output
        return _process.ExitCode;
    }

    /// <summary>Ends it without warning (SIGKILL).</summary>
    public void Kill() => Signal("KILL");

    /// <summary>Asks it to end (SIGTERM).</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>As Ctrl+C does (SIGINT).</summary>
    public void Interrupt() => Signal("INT");

    /// <summary>Stands still until <see cref="Continue"/> (SIGSTOP).</summary>
    public void Pause() => Signal("STOP");

    public void Continue() => Signal("CONT");

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Signal(string name)
    {
        if (!_process.HasExited) LabCommand.Run($"kill -s {name} {Id}");
    }

    private void Add(string? line)
    {
        lock (_lines)
        {
            if (line is null) _openStreams--;
            else _lines.Add(line);
            Monitor.PulseAll(_lines);
        }
    }
}
