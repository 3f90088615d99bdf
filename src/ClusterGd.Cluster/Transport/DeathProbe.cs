using System.Collections.Concurrent;
using System.Net.Sockets;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Tells a dead process from a network that fails: after a connection broke, it connects once more to where the peer
/// listens. Only a refusal, the word of the peer's own machine that nobody listens there, counts as a death; silence
/// and all else is left to the cluster's failure detector. Thread-safe.
/// </summary>
/// <remarks>A firewall that rejects where it should drop looks like a death.</remarks>
internal sealed class DeathProbe(Action<string> died)
{
    private const int AttemptCount = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1), s_pause = TimeSpan.FromMilliseconds(50);
    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    /// <summary>Begins to look, unless it is looking already. Does not wait.</summary>
    /// <param name="node">The name to report.</param>
    /// <param name="endpoint">host:port where the peer's data plane listens.</param>
    public void Look(string node, string endpoint)
    {
        if (_underWay.TryAdd(node, true)) _ = Task.Run(() => LookAsync(node, HostPort.Parse(endpoint)));
    }

    private async Task LookAsync(string node, (string Host, int Port) endpoint)
    {
        try
        {
            // A process that is just being killed may still accept for a moment.
            for (int i = 0; i < AttemptCount; i++)
            {
                if (await IsRefusedAsync(endpoint).ConfigureAwait(false))
                {
                    died(node);
                    return;
                }
                await Task.Delay(s_pause).ConfigureAwait(false);
            }
        }
        finally
        {
            _underWay.TryRemove(node, out _);
        }
    }

    private static async Task<bool> IsRefusedAsync((string Host, int Port) endpoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await socket.ConnectAsync(endpoint.Host, endpoint.Port, patience.Token).ConfigureAwait(false);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
