using ClusterGd.Cli.Logging;
using ClusterGd.Cluster;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Nodes;

/// <summary>
/// Node processes of this machine, for one run. One that ends by itself is started again, a few times. They end when
/// this object or this process does. Thread-safe.
/// </summary>
internal sealed class NodeProcesses : IDisposable
{
    /// <summary>How often each is started again: a crash that has a cause comes again.</summary>
    private const int RestartsMax = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Of several that are killed together all should have ended before one asks another.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The seed that it was given may be about to end.</summary>
    private static readonly string[] s_restartOptions = ["--join-timeout", "20"];
    private readonly NodeProcess?[] _processes;
    private readonly int _threads;
    private readonly Action<TrainingEvent> _report;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private int _givenUpCount;
    private bool _isDisposed;

    private NodeProcesses(int count, int threads, Action<TrainingEvent> report) =>
        (_processes, _threads, _report) = (new NodeProcess?[count], threads, report);

    /// <summary>host:port of those that run.</summary>
    /// <exception cref="ClusterUnreachableException">None does, and none is started any more.</exception>
    public IReadOnlyList<string> Seeds
    {
        get
        {
            lock (_processes)
            {
                if (_givenUpCount == _processes.Length)
                {
                    throw new ClusterUnreachableException(
                        "all node processes have ended, each more often than they are started again; look at their " +
                        "last lines above, then resume the run: to the same bits");
                }
                return [.. _processes.OfType<NodeProcess>().Where(p => p.IsRunning && p.Address.Length > 0)
                    .Select(p => p.Address)];
            }
        }
    }

    /// <param name="threads">Compute threads of each.</param>
    /// <param name="report">Told what goes wrong with one, and of waits.</param>
    /// <exception cref="InputException">One ended at once.</exception>
    /// <exception cref="ClusterUnreachableException">One was not there in a minute.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<NodeProcesses> StartAsync(
        int count, int threads, Action<TrainingEvent> report, CancellationToken cancelled)
    {
        var processes = new NodeProcesses(count, threads, report);
        try
        {
            var first = await processes.StartOneAsync(0, cancelled);
            var others = await Task.WhenAll(Enumerable.Range(1, count - 1)
                .Select(index => processes.StartOneAsync(index, cancelled)));
            foreach (var (process, index) in others.Prepend(first).Select((process, index) => (process, index)))
            {
                _ = processes.WatchAsync(index, process);
            }
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
            _isDisposed = true;
            foreach (var process in _processes) process?.Dispose();
        }
    }

    private void Note(string sentence) => _report(new Note(sentence));

    private async Task<NodeProcess> StartOneAsync(int index, CancellationToken cancelled)
    {
        NodeProcess process;
        lock (_processes)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            string[] options = _processes[index] is null ? [] : s_restartOptions;
            process = new NodeProcess(Seeds, _threads, options, Note);
            _processes[index] = process;
        }
        try
        {
            await Waits.TellAsync(
                process.IsThere.WaitAsync(s_patience, cancelled),
                () => $"node process {process.Process.Id} to start, for {s_patience.TotalSeconds:F0} s at most",
                _report);
            return process;
        }
        catch (TimeoutException)
        {
            throw new ClusterUnreachableException(
                $"node process {process.Process.Id} was not there in {s_patience.TotalSeconds:F0} s; the machine may " +
                "have too much to do: use fewer processes");
        }
    }

    private async Task WatchAsync(int index, NodeProcess process)
    {
        for (int restarts = 1; ; restarts++)
        {
            int code;
            try
            {
                code = await process.EndAsync();
            }
            catch (InvalidOperationException)
            {
                return;   // it was ended by this object
            }
            string how = $"node process {process.Address} has ended with code {code}";
            lock (_processes)
            {
                if (_isDisposed) return;
                ProgramLog.Loggers.CreateLogger(CliLog.Category).NodeProcessEnded(process.Address, code);
                Note(restarts > RestartsMax
                    ? $"{how} again; it was started {RestartsMax} times again, and is not any more"
                    : $"{how}; it is started again ({restarts} of at most {RestartsMax} times)");
            }
            if (restarts > RestartsMax || await RestartAsync(index) is not { } next)
            {
                lock (_processes) _givenUpCount++;
                return;
            }
            process = next;
        }
    }

    /// <summary>One after the other: if all have ended, the first begins a cluster and the next ones join it.</summary>
    private async Task<NodeProcess?> RestartAsync(int index)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await Task.Delay(s_pause);
            return await StartOneAsync(index, CancellationToken.None);
        }
        catch (InputException)
        {
            // It has ended at once: one restart more, as for any other end.
            lock (_processes) return _processes[index];
        }
        catch (Exception e) when (e is ClusterUnreachableException or ObjectDisposedException)
        {
            lock (_processes)
            {
                if (!_isDisposed) Note($"a node process could not be started again: {e.Message}");
            }
            return null;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }
}
