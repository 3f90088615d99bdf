using System.Collections.Immutable;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>A node computes shards of another that is late, as well, for one step.</summary>
public sealed partial class NodeProtocol
{
    /// <summary>
    /// Their host is late with these shards of a step. Those whose rows are here are computed; rows of the others are
    /// fetched, for this step if they come in time, else for the next one that is late.
    /// </summary>
    public void StandIn(long step, IReadOnlyCollection<int> shards, Outbox outbox)
    {
        _askedStep = Math.Max(_askedStep, step);
        var version = _previous?.Step == step ? _previous : Current;
        if (version is not { IsFinal: false } || version.Step != step || _startedStep < step) return;
        var here = new SortedSet<int>();
        foreach (int shard in shards)
        {
            if (!_prepared.Contains(shard)) _standIns[shard] = step;
            else if (!IsUnderWay(step, Pass.MiniBatch, shard)) here.Add(shard);
        }
        RecomputedCount += Compute(version, Pass.MiniBatch, here, outbox);
        Prepare(shards, outbox);
    }

    /// <summary>
    /// Whether the parameters of this step cannot become whole here any more: a slice has gone on, and sends none but
    /// its newest. So it is for a node that comes, or is late, while others stand in for it.
    /// </summary>
    private bool NeverHas(long step) =>
        (Current is null || Current.Step < step) && _newest.Any(slice => slice?.Step > step);

    /// <summary>Has the others, of whom some have been there for longer, compute what this node should.</summary>
    private void AskStandIns(long step, IEnumerable<int> shards, Outbox outbox)
    {
        var missing = shards.Where(_shards.Contains).ToImmutableArray();
        if (missing.IsEmpty) return;
        foreach (string node in _directive!.Layout.Nodes.Where(node => node != name))
        {
            outbox.Send(RoleAddress.OfNode(node), new StandInRequest(step, missing));
        }
    }

    /// <summary>The rows of a shard have come that another node hosts.</summary>
    private void StandInIfStillWanted(int shard, Outbox outbox)
    {
        if (_standIns.Remove(shard, out long step)) StandIn(step, [shard], outbox);
    }
}
