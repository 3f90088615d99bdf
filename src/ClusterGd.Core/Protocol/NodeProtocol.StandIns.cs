namespace ClusterGd.Core.Protocol;

/// <summary>A node computes shards of another that is late, as well, for one step.</summary>
public sealed partial class NodeProtocol
{
    /// <summary>By shard whose rows are not here yet the step that it was asked for.</summary>
    private readonly Dictionary<int, long> _standIns = [];

    /// <summary>
    /// Their host is late with these shards of a step. Those whose rows are here are computed; rows of the others are
    /// fetched, for this step if they come in time, else for the next one that is late.
    /// </summary>
    public void StandIn(long step, IReadOnlyCollection<int> shards, List<NodeEffect> effects)
    {
        var version = _previous?.Step == step ? _previous : Current;
        if (version is not { IsFinal: false } || version.Step != step || _startedStep < step) return;
        var here = new SortedSet<int>();
        foreach (int shard in shards)
        {
            if (!_prepared.Contains(shard)) _standIns[shard] = step;
            else if (!IsUnderWay(step, Pass.MiniBatch, shard)) here.Add(shard);
        }
        RecomputedCount += Compute(version, Pass.MiniBatch, here, effects);
        Prepare(shards, effects);
    }

    /// <summary>The rows of a shard have come that another node hosts.</summary>
    private void StandInIfStillWanted(int shard, List<NodeEffect> effects)
    {
        if (_standIns.Remove(shard, out long step)) StandIn(step, [shard], effects);
    }
}
