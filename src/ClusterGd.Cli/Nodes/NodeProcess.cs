using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ClusterGd.Cli.Logging;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Nodes;

/// <summary>
/// A node process of this machine, as a child: it ends when this object does, and, since it watches the pipe that is
/// its standard input, whenever this process ends, however it ends.
/// </summary>
internal sealed class NodeProcess : IDisposable
{
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(2);
    private readonly TaskCompletionSource _isThere = Source(), _isUp = Source();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<long>> _struck = new();

    /// <param name="seeds">host:port of nodes of the cluster to join; none for one of its own.</param>
    /// <param name="threads">Compute threads.</param>
    /// <param name="options">Further ones of the verb.</param>
    /// <param name="note">Told, in a sentence, what goes wrong with it.</param>
    public NodeProcess(IEnumerable<string> seeds, int threads, IEnumerable<string> options, Action<string> note)
    {
        string[] arguments =
        [
            "node", "--host", "127.0.0.1", "--port", "0", "--threads", $"{threads}", "--end-with-input",
            .. seeds.SelectMany(seed => new[] { "--seed", seed }), .. options,
            .. ProgramLog.Settings.Words,
        ];
        Process = Process.Start(StartInfo(arguments))!;
        Process.OutputDataReceived += (_, line) => Read(line.Data);
        Process.ErrorDataReceived += (_, line) => ReadError(line.Data, note);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public Process Process { get; }

    /// <summary>host:port; empty before it is there.</summary>
    public string Address { get; private set; } = "";

    /// <summary>host:port of its data plane; empty before it is there.</summary>
    public string Endpoint { get; private set; } = "";

    /// <summary>Where it answers how it is; 0 where it does not.</summary>
    public int HealthPort { get; private set; }

    /// <summary>Completes once it has its address; fails where it ends before.</summary>
    public Task IsThere => _isThere.Task;

    /// <summary>Completes once it is a member of its cluster; fails where it ends before.</summary>
    public Task IsUp => _isUp.Task;

    public bool IsRunning => !Process.HasExited;

    /// <summary>Completes with its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await Process.WaitForExitAsync();
        return Process.ExitCode;
    }

    /// <summary>Completes with what a fault has struck in it, once the process says that it is over.</summary>
    public Task<long> StruckBy(int fault) => StruckSource(fault).Task;

    /// <summary>Writes a line to its standard input; nothing where it has ended.</summary>
    public void Say(string line)
    {
        try
        {
            lock (_struck)
            {
                Process.StandardInput.WriteLine(line);
                Process.StandardInput.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Who waits for its answer sees that it is gone.
        }
    }

    /// <summary>One that logs gets a moment to write what waits.</summary>
    public void Dispose()
    {
        if (IsRunning && ProgramLog.Settings.IsOn) EndItself();
        if (IsRunning) Process.Kill();
        Process.Dispose();
    }

    private void EndItself()
    {
        try
        {
            Process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has just ended.
        }
        if (Process.WaitForExit(s_lastWords)) Process.WaitForExit();   // without a time: to the end of its output
    }

    private void ReadError(string? line, Action<string> note)
    {
        if (line is null) return;
        if (ProgramLog.Settings.IsOn && LogLine.Is(line)) Console.Error.WriteLine(line);
        else note($"node {(Address.Length > 0 ? Address : $"process {Process.Id}")}: {line}");
    }

    /// <summary>Of "node host:port, tensors at port P, health at port P".</summary>
    private void Read(string? line)
    {
        if (line is null)
        {
            var ended = new InputException("a node process ended before it was up");
            _isThere.TrySetException(ended);
            _isUp.TrySetException(ended);
        }
        else if (line.StartsWith("node ", StringComparison.Ordinal))
        {
            string[] parts = line["node ".Length..].Split(", ");
            Address = parts[0];
            Endpoint = $"{Address[..Address.LastIndexOf(':')]}:{PortOf(parts[1])}";
            if (parts.Length > 2) HealthPort = PortOf(parts[2]);
            _isThere.TrySetResult();
        }
        else if (line.StartsWith("is up", StringComparison.Ordinal)) _isUp.TrySetResult();
        else if (line.Split(' ') is ["fault", var number, "struck", var count])
        {
            StruckSource(int.Parse(number, CultureInfo.InvariantCulture))
                .TrySetResult(long.Parse(count, CultureInfo.InvariantCulture));
        }
    }

    private TaskCompletionSource<long> StruckSource(int fault) => _struck.GetOrAdd(
        fault, _ => new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously));

    private static int PortOf(string part) =>
        int.Parse(part.AsSpan(part.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);

    private static TaskCompletionSource Source()
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Not everybody waits for both.
        _ = source.Task.ContinueWith(task => task.Exception, TaskScheduler.Default);
        return source;
    }

    /// <summary>This program again, whether it is run by <c>dotnet</c> or by its own name.</summary>
    private static ProcessStartInfo StartInfo(string[] arguments)
    {
        string self = Environment.ProcessPath!;
        bool isDotnet = Path.GetFileNameWithoutExtension(self) == "dotnet";
        return new ProcessStartInfo(
            self, isDotnet ? [Path.Combine(AppContext.BaseDirectory, "clustergd.dll"), .. arguments] : arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
    }
}
