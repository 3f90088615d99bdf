using System.Globalization;
using ClusterGd.Cli.Nodes;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// Node processes of this machine that can be struck one by one, from outside and, by orders, from inside. They end
/// with this object, or with this process.
/// </summary>
/// <param name="seed">Draws which messages of a node are struck, with its number.</param>
internal sealed class ChaosNodes(ulong seed, Action<string> say) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly List<NodeProcess> _nodes = [];

    /// <summary>By the order of their start; those that have ended too.</summary>
    public IReadOnlyList<NodeProcess> All
    {
        get { lock (_nodes) return [.. _nodes]; }
    }

    public IEnumerable<NodeProcess> Running => All.Where(node => node.IsRunning);

    public string Seed => Running.First().Address;

    /// <summary>Starts one, and waits until it is a member.</summary>
    /// <exception cref="InputException">It ended, or was not there in a minute.</exception>
    public async Task<NodeProcess> StartAsync(int threads, CancellationToken cancelled)
    {
        NodeProcess node;
        lock (_nodes)
        {
            string ownSeed = (seed + (ulong)_nodes.Count).ToString(CultureInfo.InvariantCulture);
            node = new NodeProcess(
                Running.Take(1).Select(running => running.Address), threads,
                ["--health-port", "0", "--heed-faults", ownSeed], say);
            _nodes.Add(node);
        }
        try
        {
            await node.IsUp.WaitAsync(s_patience, cancelled);
            return node;
        }
        catch (TimeoutException)
        {
            throw new InputException($"a node process was not up in {s_patience.TotalSeconds:F0} s: the machine has " +
                "too much to do; use fewer nodes");
        }
    }

    public void Dispose()
    {
        foreach (var node in All) node.Dispose();
    }
}
