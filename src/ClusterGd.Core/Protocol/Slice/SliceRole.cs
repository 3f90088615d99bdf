namespace ClusterGd.Core.Protocol;

/// <summary>A slice of the parameters at a node, and what it tells of itself. One owner.</summary>
/// <param name="slice">Of synchronous steps, or of another mode.</param>
/// <param name="node">Where it is.</param>
public sealed class SliceRole(Slice slice, int index, string node, TrainingPlan plan) : IRole
{
    private static readonly TimeSpan s_tellInterval = TimeSpan.FromMilliseconds(200);

    private readonly StepClock _clock = new(index, node, plan.ShardCount);
    private readonly RoleAddress _node = RoleAddress.OfNode(node);
    private TimeSpan _lastTold;
    private long _comparedTold;
    private Layout? _layout;

    public Slice Slice => slice;

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        if (message is GradientPart part) _clock.Arrived(part, now);
        slice.Handle(message, now, outbox);
        if (message is LatenessTick) return;
        if (message is RunDirective directive) Follow(directive, now);
        if (message is BackupCounted) TellStep(now, outbox);
        if (_layout?.SliceHosts[index] == node) _clock.Published(slice.Step, now);
    }

    public void Tick(TimeSpan now, Outbox outbox)
    {
        slice.Tick(now, outbox);
        if (now - _lastTold < s_tellInterval) return;
        TellStep(now, outbox);
        // Only synchronous steps have a length.
        if (slice.Progress is not null) return;
        if (_clock.Take(now, slice.DescribeWait) is { } times) outbox.Send(_node, times);
    }

    private void Follow(RunDirective directive, TimeSpan now)
    {
        if (_layout is null || directive.Layout.Term >= _layout.Term) _layout = directive.Layout;
        _clock.Limited(directive.Limit, now);
    }

    private void TellStep(TimeSpan now, Outbox outbox)
    {
        _lastTold = now;
        long compared = slice.ComparedCount - _comparedTold;
        _comparedTold += compared;
        outbox.Send(_node, new SliceStep(index, slice.Step, slice.BackupTerm, compared));
        if (slice.Progress is { } progress && _layout?.SliceHosts[index] == node)
        {
            outbox.Send(_node, new StepMade(progress.Step, progress.Loss));
        }
    }
}
