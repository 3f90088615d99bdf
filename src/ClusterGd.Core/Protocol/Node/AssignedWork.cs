using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A node's policy where a server gives out the work: a worker for each of its shards takes assignments, and who keeps
/// the order of application collects its lines. Published parameters are only evaluated. Pure: no clock, no sending.
/// One owner.
/// </summary>
internal sealed class AssignedWork(string node, TimeSpan retryInterval)
{
    // By shard, as the layout says.
    private readonly SortedDictionary<int, ModeWorker> _workers = [];

    // The lines of the order that have come, and the part that knows most.
    private readonly List<LogEntry> _order = [];
    private OrderPart? _newest;

    /// <summary>What the server took, as far as it is known here.</summary>
    public AppliedOrder Applied => new(
        [.. _order], _newest?.Staleness ?? ImmutableSortedDictionary<long, long>.Empty, _newest?.Dropped ?? 0);

    /// <summary>Whether no line is missing of a run that is over.</summary>
    public bool HasWholeOrder => _newest is { IsFinal: true } last && _order.Count == last.Total;

    /// <summary>The server is at a node that alone knows where all can stop, and says so itself.</summary>
    public bool AnswersHeld(Layout layout) => layout.SliceHosts[0] != node;

    /// <summary>The layout gives these shards to this node.</summary>
    public void TakeShards(IReadOnlySet<int> shards, Outbox outbox)
    {
        foreach (int shard in _workers.Keys.Where(shard => !shards.Contains(shard)).ToList())
        {
            _workers.Remove(shard, out var worker);
            worker!.Forget();
            outbox.Do(new NodeEffect.DropWorker(shard));
        }
        foreach (int shard in shards) _workers.TryAdd(shard, new ModeWorker(shard, retryInterval));
    }

    /// <summary>What the server wants a worker of this node to do, which has its rows.</summary>
    public void Handle(Assignment assignment, TimeSpan now, Outbox outbox)
    {
        if (_workers.TryGetValue(assignment.Worker, out var worker)) worker.Handle(assignment, now, outbox);
        else assignment.Release();
    }

    /// <summary>What <see cref="NodeEffect.ComputeAssignment"/> asked for.</summary>
    public void Computed(AssignmentComputed computed, Layout layout, TimeSpan now, Outbox outbox)
    {
        if (_workers.TryGetValue(computed.Assignment.Worker, out var worker))
        {
            worker.Computed(computed.Assignment, computed.Push, Server(layout), now, outbox);
        }
        else computed.Push.Release();
    }

    /// <summary>Lines of the order of application, for who keeps it.</summary>
    public void Handle(OrderPart part, Outbox outbox)
    {
        if (part.First > _order.Count) return;
        int known = _order.Count - part.First;
        if (part.Total >= (_newest?.Total ?? 0)) _newest = part;
        if (known >= part.Lines.Length) return;
        outbox.Do(new NodeEffect.OrderGrown(_order.Count, part.Lines[known..]));
        _order.AddRange(part.Lines[known..]);
    }

    /// <summary>Asks for the lines of the order that are not here. Only who keeps it does so, now and then.</summary>
    public void SeeToOrder(Layout layout, Outbox outbox)
    {
        if (!HasWholeOrder) outbox.Send(Server(layout), new OrderRequest(node, _order.Count));
    }

    /// <param name="canCompute">Whether a shard's rows are here.</param>
    public void Tick(Layout layout, Func<int, bool> canCompute, TimeSpan now, Outbox outbox)
    {
        foreach (var (shard, worker) in _workers)
        {
            if (canCompute(shard)) worker.Tick(Server(layout), now, outbox);
        }
    }

    /// <summary>The run begins once more.</summary>
    public void Forget()
    {
        foreach (var worker in _workers.Values) worker.Forget();
        _workers.Clear();
        _order.Clear();
        _newest = null;
    }

    private static RoleAddress Server(Layout layout) => RoleAddress.OfSlice(0, layout.SliceHosts[0]);
}
