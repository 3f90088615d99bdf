using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A node that is late with its gradients, though it is there, has others compute them as well: whoever answers first
/// is used, since all have the same bits. One that costs time again and again, as a backup too, is told to the
/// coordinator. The first slice's part of a gradient is the last that a node sends, so the first slice alone looks.
/// </summary>
public sealed partial class ParameterSlice
{
    /// <summary>To be called every few hundredths of a second for the first slice; of others it does nothing.</summary>
    public void LookForLate(TimeSpan now, Outbox outbox)
    {
        Now = now;
        if (Index != 0 || !IsServing || IsFinal || Divergence is not null || Step >= Limit
            || _arrivals.LateSince(now) is not { } since)
        {
            return;
        }
        var layout = Directive!.Layout;
        var missing = _steps.Complete is null ? _steps.MissingShards() : [];
        _lateSince = since;
        _late = _steps.Complete is not null
            ? [.. Backups.Behind]
            : [.. missing.Select(shard => layout.ShardHosts[shard]).Distinct()];
        if (missing.Count > 0 && _standInStep != Step) AskStandIns(layout, missing, outbox);
    }

    private void AskStandIns(Layout layout, List<int> missing, Outbox outbox)
    {
        var others = layout.Nodes.Where(node => !_late.Contains(node)).ToImmutableArray();
        // The late ones may lack the parameters of this step: one of the others must outlive as many deaths as there
        // are backups, to compute the step once more where a backup takes over.
        if (others.Length <= layout.SliceBackups[Index].Length) return;
        _standInStep = Step;
        ExpectSecondAnswers();
        // By shard always the same, so that few nodes need the rows of others.
        foreach (var shards in missing.GroupBy(shard => others[shard % others.Length]))
        {
            outbox.Send(RoleAddress.OfNode(shards.Key), new StandInRequest(Step, [.. shards]));
        }
    }

    /// <summary>
    /// After a takeover it may be that hosts of shards have never had the parameters of this step, since others stood
    /// in for them: whoever has them is asked.
    /// </summary>
    private void AskAnybody(ImmutableArray<int> missing, Outbox outbox)
    {
        foreach (string node in Directive!.Layout.Nodes)
        {
            outbox.Send(RoleAddress.OfNode(node), new StandInRequest(Step, missing));
        }
    }

    /// <summary>The update is made at last.</summary>
    private void CountWaits(Outbox outbox)
    {
        if (_late.IsEmpty) return;
        foreach (string node in _late)
        {
            if (!_lost.TryGetValue(node, out var lost)) _lost[node] = lost = new LostTime();
            if (!lost.IsTooMuch(Now - _lateSince, Now)) continue;
            outbox.Send(RoleAddress.Coordinator, new NodeSlow(node, Directive!.Layout.Term));
        }
        _late = [];
    }
}
