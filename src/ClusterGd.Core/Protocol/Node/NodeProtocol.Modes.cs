using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Where steps are not synchronous the node has a worker for each of its shards, which takes assignments from the
/// server; published parameters are only evaluated.
/// </summary>
public sealed partial class NodeProtocol
{
    /// <summary>What the server wants a worker of this node to do.</summary>
    public void Handle(Assignment assignment, TimeSpan now, Outbox outbox)
    {
        // What a shard's new host has not the rows for yet, it asks for once it has.
        if (!CanCompute(assignment.Worker) || !_modeWorkers.TryGetValue(assignment.Worker, out var worker)) return;
        worker.Handle(assignment, now, outbox);
    }

    /// <summary>What <see cref="NodeEffect.ComputeAssignment"/> asked for.</summary>
    public void AssignmentComputed(Assignment assignment, WorkResult result, TimeSpan now, Outbox outbox)
    {
        if (!_modeWorkers.TryGetValue(assignment.Worker, out var worker)) return;
        worker.Computed(assignment, result, Server, now, outbox);
    }

    /// <summary>Lines of the order of application, for who keeps it.</summary>
    public void Handle(OrderPart part, Outbox outbox)
    {
        if (part.Generation != _generation || part.First > _order.Count) return;
        int known = _order.Count - part.First;
        if (part.Total >= (_newestOrder?.Total ?? 0)) _newestOrder = part;
        if (known < part.Lines.Length)
        {
            outbox.Do(new NodeEffect.OrderGrown(_order.Count, part.Lines[known..]));
            _order.AddRange(part.Lines[known..]);
        }
        ReportResult(outbox);
    }

    /// <summary>Asks for the lines of the order that are not here. Only who keeps it does so, now and then.</summary>
    public void SeeToOrder(Outbox outbox)
    {
        if (plan.Mode.IsSynchronous || HasWholeOrder || _directive is not { Layout.Nodes.IsEmpty: false }) return;
        outbox.Send(Server, new OrderRequest(name, _order.Count));
    }

    /// <summary>The order of application as far as it is known here; null where steps are synchronous.</summary>
    public AppliedOrder? Applied => plan.Mode.IsSynchronous ? null : new AppliedOrder(
        [.. _order], _newestOrder?.Staleness ?? ImmutableSortedDictionary<long, long>.Empty,
        _newestOrder?.Dropped ?? 0);

    /// <summary>Whether no line is missing of a run that is over.</summary>
    public bool HasWholeOrder =>
        plan.Mode.IsSynchronous || _newestOrder is { IsFinal: true } last && _order.Count == last.Total;

    /// <summary>The server alone knows where all can stop, and says so itself.</summary>
    private bool AnswersHeld => plan.Mode.IsSynchronous || _directive!.Layout.SliceHosts[0] != name;

    private void TakeWorkers(Outbox outbox)
    {
        if (plan.Mode.IsSynchronous) return;
        foreach (int shard in _modeWorkers.Keys.Where(shard => !_shards.Contains(shard)).ToList())
        {
            _modeWorkers.Remove(shard);
            outbox.Do(new NodeEffect.DropWorker(shard));
        }
        foreach (int shard in _shards) _modeWorkers.TryAdd(shard, new ModeWorker(shard, retryInterval));
    }

    private void ForgetOrder()
    {
        _modeWorkers.Clear();
        _order.Clear();
        _newestOrder = null;
    }

    private void TickWorkers(TimeSpan now, Outbox outbox)
    {
        if (_directive?.IsSettled != true) return;
        foreach (var (shard, worker) in _modeWorkers)
        {
            if (CanCompute(shard)) worker.Tick(Server, now, outbox);
        }
    }

    private RoleAddress Server => RoleAddress.OfSlice(0, _directive!.Layout.SliceHosts[0]);
}
