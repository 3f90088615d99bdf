
namespace ClusterGd.Core.Protocol;

/// <summary>
/// A shard's worker in a mode: computes one assignment at a time and sends the result until the next one shows that it
/// has arrived. Pure: no clock, no sending. One owner.
/// </summary>
/// <param name="retryInterval">Time without an answer after which it sends again.</param>
public sealed class ModeWorker(int worker, TimeSpan retryInterval)
{
    private Assignment? _current;
    private WorkerPush? _push;
    private TimeSpan _lastSent;

    /// <summary>Begins it, unless it is an old one or under way.</summary>
    public void Handle(Assignment assignment, TimeSpan now, Outbox outbox)
    {
        if (_current is { } current && Order(assignment).CompareTo(Order(current)) <= 0) return;
        _current = assignment;
        _push = null;
        _lastSent = now;
        outbox.Do(new NodeEffect.ComputeAssignment(assignment));
    }

    /// <summary>What was asked for is computed; void where another assignment has come meanwhile.</summary>
    public void Computed(Assignment assignment, WorkResult result, RoleAddress server, TimeSpan now, Outbox outbox)
    {
        if (assignment != _current || _push is not null) return;
        _push = new WorkerPush(
            assignment.Term, worker, assignment.Sequence, assignment.Model.Version, result);
        _lastSent = now;
        outbox.Send(server, _push);
    }

    /// <summary>Sends again what has had no answer for long.</summary>
    public void Tick(RoleAddress server, TimeSpan now, Outbox outbox)
    {
        if (now - _lastSent < retryInterval || _current is not null && _push is null) return;
        _lastSent = now;
        outbox.Send(server, _push is null ? new AssignmentRequest(worker) : _push);
    }

    private static (long, long, long) Order(Assignment assignment) =>
        (assignment.Term, assignment.Sequence, assignment.Model.Version);
}
