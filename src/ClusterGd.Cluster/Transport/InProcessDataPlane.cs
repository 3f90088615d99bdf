using System.Collections.Concurrent;
using Akka.Actor;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>Between the nodes of one process: buffers are handed over by reference, nothing is copied.</summary>
public sealed class InProcessDataPlane : IDataPlane
{
    private readonly ConcurrentDictionary<string, IActorRef> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Node, int Slice), IActorRef> _slices = new();
    private IActorRef? _coordinator;

    public void Attach(string node, IActorRef nodeActor) => _nodes[node] = nodeActor;

    public void AttachSlice(string node, int slice, IActorRef sliceActor) => _slices[(node, slice)] = sliceActor;

    public void DetachSlice(string node, int slice) => _slices.TryRemove((node, slice), out _);

    public void AttachCoordinator(IActorRef coordinator) => Volatile.Write(ref _coordinator, coordinator);

    public void Detach(string node)
    {
        _nodes.TryRemove(node, out _);
        foreach (var key in _slices.Keys)
        {
            if (key.Node == node) _slices.TryRemove(key, out _);
        }
    }

    public void Follow(RunDirective directive) { }

    public void Send(string node, GradientPart part)
    {
        if (_slices.TryGetValue((node, part.Slice), out var slice)) slice.Tell(part, ActorRefs.NoSender);
        else part.Sum.Values.Release();
    }

    public void Send(string node, SlicePublished published)
    {
        if (_nodes.TryGetValue(node, out var receiver)) receiver.Tell(published, ActorRefs.NoSender);
        else published.Values.Release();
    }

    public void Send(string node, SliceUpdate update)
    {
        if (_slices.TryGetValue((node, update.Slice), out var slice)) slice.Tell(update, ActorRefs.NoSender);
        else update.Sum.Values.Release();
    }

    public void Send(string node, BackupStep backup)
    {
        if (_slices.TryGetValue((node, backup.Slice), out var slice)) slice.Tell(backup, ActorRefs.NoSender);
    }

    public void Send(string node, SliceState state)
    {
        if (_nodes.TryGetValue(node, out var receiver)) receiver.Tell(state, ActorRefs.NoSender);
    }

    public void Send(string node, Assignment assignment)
    {
        if (_nodes.TryGetValue(node, out var receiver)) receiver.Tell(assignment, ActorRefs.NoSender);
    }

    public void Send(string node, WorkerPush push)
    {
        if (_slices.TryGetValue((node, 0), out var slice)) slice.Tell(push, ActorRefs.NoSender);
    }

    public void Send(string node, ModeEntry entry)
    {
        if (_slices.TryGetValue((node, 0), out var slice)) slice.Tell(entry, ActorRefs.NoSender);
    }

    public void Send(string node, OrderPart part)
    {
        if (_nodes.TryGetValue(node, out var receiver)) receiver.Tell(part, ActorRefs.NoSender);
    }

    public void SendToCoordinator(EvaluationPart part) =>
        Volatile.Read(ref _coordinator)?.Tell(part, ActorRefs.NoSender);

    /// <summary>Has the node of this process send an evaluation by the control plane.</summary>
    internal void SendByControl(string node, EvaluationBytes evaluation)
    {
        if (_nodes.TryGetValue(node, out var sender)) sender.Tell(evaluation, ActorRefs.NoSender);
    }
}
