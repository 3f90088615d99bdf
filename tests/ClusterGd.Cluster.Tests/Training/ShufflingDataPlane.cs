using System.Threading.Channels;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>
/// Delivers what is sent in a random order: each message waits until one drawn from those waiting is let go.
/// </summary>
internal sealed class ShufflingDataPlane : IDataPlane, IAsyncDisposable
{
    private readonly InProcessDataPlane _inner = new();
    private readonly Channel<Action> _sent = Channel.CreateUnbounded<Action>();
    private readonly Random _random;
    private readonly Task _loop;

    public ShufflingDataPlane(int seed)
    {
        _random = new Random(seed);
        _loop = Task.Run(DeliverAsync);
    }

    public Receivers Here => _inner.Here;

    public void Follow(RunDirective directive) => _inner.Follow(directive);

    public bool Send(RoleAddress to, ITensorMessage message) => _sent.Writer.TryWrite(() => _inner.Send(to, message));

    public async ValueTask DisposeAsync()
    {
        _sent.Writer.Complete();
        await _loop;
    }

    private async Task DeliverAsync()
    {
        var waiting = new List<Action>();
        while (await _sent.Reader.WaitToReadAsync())
        {
            // Whatever has come by now is drawn from; a step always leaves something to wait for, so nothing starves.
            while (_sent.Reader.TryRead(out var next)) waiting.Add(next);
            while (waiting.Count > 0)
            {
                int drawn = _random.Next(waiting.Count);
                var deliver = waiting[drawn];
                waiting.RemoveAt(drawn);
                deliver();
                while (_sent.Reader.TryRead(out var next)) waiting.Add(next);
            }
        }
    }
}
