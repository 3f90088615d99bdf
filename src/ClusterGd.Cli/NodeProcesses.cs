using System.Diagnostics;
using ClusterGd.Cluster;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli;

/// <summary>
/// Node processes of this machine, for one run. They end when this object does, and, since they watch the pipe that is
/// their standard input, whenever this process ends, however it ends.
/// </summary>
internal sealed class NodeProcesses : IDisposable
{
    private const string AddressBegin = "node ";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly List<Process> _processes = [];

    /// <summary>host:port of the first.</summary>
    public string Seed { get; private set; } = "";

    /// <param name="threads">Compute threads of each.</param>
    /// <param name="note">Told, in a sentence, what goes wrong with one.</param>
    /// <exception cref="InputException">One ended at once.</exception>
    /// <exception cref="ClusterUnreachableException">One was not there in a minute.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<NodeProcesses> StartAsync(
        int count, int threads, Action<string> note, CancellationToken cancelled)
    {
        var processes = new NodeProcesses();
        try
        {
            processes.Seed = await processes.StartOneAsync(null, threads, note, cancelled);
            await Task.WhenAll(Enumerable.Range(1, count - 1)
                .Select(_ => processes.StartOneAsync(processes.Seed, threads, note, cancelled)));
            return processes;
        }
        catch
        {
            processes.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        lock (_processes)
        {
            foreach (var process in _processes)
            {
                process.StandardInput.Close();
                if (!process.HasExited) process.Kill();
                process.Dispose();
            }
            _processes.Clear();
        }
    }

    private async Task<string> StartOneAsync(
        string? seed, int threads, Action<string> note, CancellationToken cancelled)
    {
        string[] arguments =
        [
            "node", "--host", "127.0.0.1", "--port", "0", "--threads", $"{threads}", "--end-with-input",
            .. seed is null ? Array.Empty<string>() : ["--seed", seed],
        ];
        var process = Process.Start(StartInfo(arguments))!;
        lock (_processes) _processes.Add(process);
        var address = new TaskCompletionSource<string>();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null) address.TrySetException(new InputException("a node process ended before it was up"));
            else if (line.Data.StartsWith(AddressBegin, StringComparison.Ordinal))
            {
                address.TrySetResult(line.Data[AddressBegin.Length..line.Data.IndexOf(',')]);
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) note($"node process {process.Id}: {line.Data}");
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return await address.Task.WaitAsync(s_patience, cancelled);
        }
        catch (TimeoutException)
        {
            throw new ClusterUnreachableException(
                $"node process {process.Id} was not there in {s_patience.TotalSeconds:F0} s; the machine may have " +
                "too much to do: use fewer processes");
        }
    }

    /// <summary>This program again, whether it is run by <c>dotnet</c> or by its own name.</summary>
    internal static ProcessStartInfo StartInfo(string[] arguments)
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
