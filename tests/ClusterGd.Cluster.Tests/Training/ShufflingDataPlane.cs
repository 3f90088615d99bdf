using System.Threading.Channels;
using Akka.Actor;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Modes;
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

    public void Attach(string node, IActorRef nodeActor) => _inner.Attach(node, nodeActor);

    public void AttachSlice(string node, int slice, IActorRef sliceActor) =>
        _inner.AttachSlice(node, slice, sliceActor);

    public void DetachSlice(string node, int slice) => _inner.DetachSlice(node, slice);

    public void AttachCoordinator(IActorRef coordinator) => _inner.AttachCoordinator(coordinator);

    public void Detach(string node) => _inner.Detach(node);

    public void Follow(RunDirective directive) => _inner.Follow(directive);

    public void Send(string node, GradientPart part) => _sent.Writer.TryWrite(() => _inner.Send(node, part));

    public void Send(string node, SlicePublished published) =>
        _sent.Writer.TryWrite(() => _inner.Send(node, published));

    public void Send(string node, SliceUpdate update) => _sent.Writer.TryWrite(() => _inner.Send(node, update));

    public void Send(string node, BackupStep backup) => _sent.Writer.TryWrite(() => _inner.Send(node, backup));

    public void Send(string node, SliceState state) => _sent.Writer.TryWrite(() => _inner.Send(node, state));

    public void Send(string node, Assignment assignment) => _sent.Writer.TryWrite(() => _inner.Send(node, assignment));

    public void Send(string node, WorkerPush push) => _sent.Writer.TryWrite(() => _inner.Send(node, push));

    public void Send(string node, ModeEntry entry) => _sent.Writer.TryWrite(() => _inner.Send(node, entry));

    public void Send(string node, OrderPart part) => _sent.Writer.TryWrite(() => _inner.Send(node, part));

    public void SendToCoordinator(EvaluationPart part) => _sent.Writer.TryWrite(() => _inner.SendToCoordinator(part));

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
