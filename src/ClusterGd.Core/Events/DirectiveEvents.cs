using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Events;

/// <summary>
/// What has been decided, read off the coordinators' directives: whoever sees only some of them sees their sum, and
/// misses nothing that still holds. One owner.
/// </summary>
public sealed class DirectiveEvents
{
    private RunDirective? _last;

    /// <summary>What is new with a directive, which may come twice, late or out of order.</summary>
    /// <param name="step">Updates made by now.</param>
    public IReadOnlyList<RunEvent> Follow(RunDirective next, long step)
    {
        if (!next.Supersedes(_last)) return [];
        var before = _last;
        _last = next;
        var events = new List<RunEvent>();
        if (before is null || before.Coordinator != next.Coordinator) NameCoordinator(before, next, step, events);
        if (before is null || before.Layout.Term != next.Layout.Term) Place(before?.Layout, next.Layout, step, events);
        if (next.Next is { } plan && before?.Next?.Term != plan.Term)
        {
            events.Add(new RunEvent(
                EventKind.Planned, step, "", $"{plan.Why}: to be, once the rows are there, {LayoutText.Of(plan)}"));
        }
        if (next.CheckpointAt is not null && before?.CheckpointAt != next.CheckpointAt)
        {
            events.Add(new RunEvent(
                EventKind.CheckpointDue, step, "", $"a checkpoint is due: all slices save step {next.CheckpointAt}"));
        }
        if (next.Ending is { } ending && before?.Ending is null)
        {
            string which = ending.RestoresBest ? ", the best" : ending.IsDiverged ? ", the last that are finite" : "";
            string kept = ending.KeptStep == ending.EndedAt
                ? "" : $"; the parameters of step {ending.KeptStep} are kept{which}";
            events.Add(new RunEvent(EventKind.Stopped, ending.EndedAt, "", $"{ending.Reason}{kept}"));
        }
        return events;
    }

    private static void NameCoordinator(RunDirective? before, RunDirective next, long step, List<RunEvent> events) =>
        events.Add(new RunEvent(
            EventKind.Coordinator, step, next.Coordinator, before is null
                ? $"{next.Coordinator} is coordinator"
                : $"{next.Coordinator} is coordinator, and {before.Coordinator} is no more"));

    private static void Place(Layout? before, Layout next, long step, List<RunEvent> events)
    {
        if (before is not null && before.Generation != next.Generation)
        {
            events.Add(new RunEvent(
                EventKind.BeganAnew, step, "",
                $"{next.Why}: the run begins anew, from a checkpoint where there is one, to the same bits"));
        }
        if (next.Nodes.IsEmpty) return;
        foreach (string node in next.Nodes.Except(before?.Nodes ?? []))
        {
            events.Add(new RunEvent(EventKind.Joined, step, node, $"{node} takes part: {next.Why}"));
        }
        foreach (string node in (before?.Nodes ?? []).Except(next.Nodes))
        {
            events.Add(new RunEvent(EventKind.Left, step, node, $"{node} takes no part any more: {next.Why}"));
        }
        if (before?.Generation == next.Generation) TakenOver(before, next, step, events);
        events.Add(new RunEvent(EventKind.Placed, step, "", $"{next.Why}: {LayoutText.Of(next)}"));
    }

    /// <summary>A new host that is its own source had the slice as a backup: nothing was moved to it.</summary>
    private static void TakenOver(Layout before, Layout next, long step, List<RunEvent> events)
    {
        var taken = Enumerable.Range(0, next.SliceHosts.Length)
            .Where(slice => before.SliceHosts[slice] is { Length: > 0 } old && old != next.SliceHosts[slice]
                && next.SliceSources[slice] == next.SliceHosts[slice])
            .GroupBy(slice => (Old: before.SliceHosts[slice], New: next.SliceHosts[slice]));
        foreach (var group in taken)
        {
            var slices = group.ToList();
            string what = $"slice{(slices.Count > 1 ? "s" : "")} {LayoutText.Ranges(slices)}";
            events.Add(new RunEvent(
                EventKind.TakenOver, step, group.Key.New,
                $"{group.Key.New}, the backup, goes on with {what} in place of {group.Key.Old}: {next.Why}"));
        }
    }
}
