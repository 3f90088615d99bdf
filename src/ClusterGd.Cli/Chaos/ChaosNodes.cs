using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// Node processes of this machine that can be struck one by one. They end with this object, or with this process.
/// </summary>
internal sealed class ChaosNodes(Action<string> say) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly List<Node> _nodes = [];

    public sealed class Node(Process process, int healthPort)
    {
        public Process Process => process;

        public int HealthPort => healthPort;

        /// <summary>host:port.</summary>
        public string Address { get; set; } = "";

        public bool IsThere => !process.HasExited;

        public void Signal(ProcessSignal signal)
        {
            if (IsThere) Signals.Send(process.Id, signal);
        }
    }

    /// <summary>By the order of their start; those that have ended too.</summary>
    public IReadOnlyList<Node> All
    {
        get { lock (_nodes) return [.. _nodes]; }
    }

    public string Seed => All.First(node => node.IsThere).Address;

    /// <summary>Starts one, and waits until it is a member.</summary>
    /// <exception cref="InputException">It ended, or was not there in a minute.</exception>
    public async Task<Node> StartAsync(int threads, CancellationToken cancelled)
    {
        int healthPort = FreePort();
        string? seed = All.FirstOrDefault(node => node.IsThere)?.Address;
        string[] arguments =
        [
            "node", "--host", "127.0.0.1", "--port", "0", "--threads", $"{threads}", "--end-with-input",
            "--health-port", healthPort.ToString(CultureInfo.InvariantCulture),
            .. seed is null ? Array.Empty<string>() : ["--seed", seed],
        ];
        var node = new Node(Process.Start(NodeProcesses.StartInfo(arguments))!, healthPort);
        lock (_nodes) _nodes.Add(node);
        var isUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not { } text)
            {
                isUp.TrySetException(new InputException("a node process ended before it was up"));
            }
            else if (text.StartsWith("node ", StringComparison.Ordinal)) node.Address = text[5..text.IndexOf(',')];
            else if (text.StartsWith("is up", StringComparison.Ordinal)) isUp.TrySetResult();
        };
        node.Process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) say($"node {node.Address}: {line.Data}");
        };
        node.Process.BeginOutputReadLine();
        node.Process.BeginErrorReadLine();
        try
        {
            await isUp.Task.WaitAsync(s_patience, cancelled);
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
        foreach (var node in All)
        {
            if (node.IsThere) node.Process.Kill();
            node.Process.Dispose();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
