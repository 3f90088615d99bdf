using ClusterGd.Cluster;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli;

/// <summary>Node processes of this machine, for one run. They end when this object or this process does.</summary>
internal sealed class NodeProcesses : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly List<NodeProcess> _processes = [];

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
            foreach (var process in _processes) process.Dispose();
            _processes.Clear();
        }
    }

    private async Task<string> StartOneAsync(
        string? seed, int threads, Action<string> note, CancellationToken cancelled)
    {
        var process = new NodeProcess(seed, threads, [], note);
        lock (_processes) _processes.Add(process);
        try
        {
            await process.IsThere.WaitAsync(s_patience, cancelled);
            return process.Address;
        }
        catch (TimeoutException)
        {
            throw new ClusterUnreachableException(
                $"node process {process.Process.Id} was not there in {s_patience.TotalSeconds:F0} s; the machine may " +
                "have too much to do: use fewer processes");
        }
    }
}
