namespace ClusterGd.Core.Protocol;

/// <summary>
/// A backup that took over one update behind needs that step's gradients once more, and with them a node that still has
/// the parameters of then. So does a slice whose gradient was lost with the only node that could compute it. Another
/// slice may have gone on meanwhile, so that no node can put those parameters together any more: then the run restarts
/// from the latest checkpoint. So it does where a coordinator that woke up, and went by what it had been told a moment
/// before, has a slice move from a node that has gone on meanwhile: nobody hands a state over between two limits.
/// </summary>
public sealed partial class CoordinatorProtocol
{
    /// <summary>What nodes tell of their slices is older than what they tell of themselves, yet less so.</summary>
    private static readonly TimeSpan s_strandedTime = TimeSpan.FromSeconds(5);

    /// <summary>A mode's server may have its last stop at a limit and be beyond it, which no status tells.</summary>
    private static readonly TimeSpan s_unmovableTime = TimeSpan.FromSeconds(60);

    /// <summary>Of each node, before what it told is taken for more than an old word.</summary>
    private const int StatusesMin = 3;

    private void BeginAnewIfStranded(TimeSpan now, Outbox outbox)
    {
        var found = _directive.Ending is { IsDiverged: true } ending ? FindBehind(ending.KeptStep)
            : _phase == Phase.Settling ? FindUnmovable()
            : _directive.IsSettled && _phase is not (Phase.Gathering or Phase.Preparing) ? FindStranded() : null;
        if (found != _stranded)
        {
            (_stranded, _strandedSince) = (found, now);
            _statusesThen.Clear();
            foreach (var status in _nodes.Values) _statusesThen[status.Node] = status.Version;
        }
        var patience = _phase == Phase.Settling && !_plan.Mode.IsSynchronous ? s_unmovableTime : s_strandedTime;
        if (found is not { } stranded || now - _strandedSince < patience || !HaveAllSpoken()) return;
        _stranded = null;
        BeginAnew(
            _phase == Phase.Settling
                ? $"{_directive.Layout.SliceSources[stranded.Slice]} is at step {stranded.Step} with slice " +
                  $"{stranded.Slice}, which was to move at step {_directive.Limit}"
                : $"nobody has the parameters of step {stranded.Step} any more, which slice {stranded.Slice} needs",
            now, outbox);
    }

    /// <summary>
    /// Whether every node has told how it is since then. A coordinator that is cut off knows nothing but how the others
    /// were, while its own node goes on: when it is heard again its word would undo what they have done meanwhile.
    /// </summary>
    private bool HaveAllSpoken() => _nodes.Values.All(
        status => status.Version >= _statusesThen.GetValueOrDefault(status.Node) + StatusesMin);

    /// <summary>A slice that its new host has not, and whose old one is not where a state is handed over.</summary>
    private (int Slice, long Step)? FindUnmovable()
    {
        var layout = _directive.Layout;
        for (int slice = 0; slice < layout.SliceHosts.Length; slice++)
        {
            string host = layout.SliceHosts[slice], source = layout.SliceSources[slice];
            if (source.Length == 0 || source == host || _settings.Observers.Contains(source) || IsReady(host)) continue;
            if (HoldingsOf(source).StepOf(slice) is { } step
                && (step != _directive.Limit || !_plan.Mode.IsSynchronous))
            {
                return (slice, step);
            }
        }
        return null;
    }

    /// <summary>A slice that has not the parameters that a run which has diverged keeps.</summary>
    private (int Slice, long Step)? FindBehind(long keptStep)
    {
        var hosts = _directive.Layout.SliceHosts;
        for (int slice = 0; slice < hosts.Length; slice++)
        {
            if (HoldingsOf(hosts[slice]).StepOf(slice) is { } step && step < keptStep) return (slice, step);
        }
        return null;
    }

    /// <summary>
    /// A slice whose step's parameters no node has, and none can get; or one that another is two steps ahead of, which
    /// has forgotten what the slice would need of it.
    /// </summary>
    private (int Slice, long Step)? FindStranded()
    {
        var layout = _directive.Layout;
        if (!layout.Nodes.All(_nodes.ContainsKey)) return null;
        long?[] steps = [.. layout.SliceHosts.Select((host, slice) => HoldingsOf(host).StepOf(slice))];
        long? furthest = steps.Max();
        for (int slice = 0; slice < steps.Length; slice++)
        {
            if (steps[slice] is not { } step || step >= _directive.Limit) continue;
            if (step < furthest - 1 || !layout.Nodes.Any(node => _nodes[node].MayHave(step))) return (slice, step);
        }
        return null;
    }
}
