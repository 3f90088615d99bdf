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

    /// <summary>Begins it, unless it is an old one or under way. Takes over its buffer's share.</summary>
    public void Handle(Assignment assignment, TimeSpan now, Outbox outbox)
    {
        if (_current is { } current && Order(assignment).CompareTo(Order(current)) <= 0)
        {
            assignment.Release();
            return;
        }
        Forget();
        _current = assignment;
        _lastSent = now;
        outbox.Do(new NodeEffect.ComputeAssignment(assignment));
    }

    /// <summary>What was asked for is computed; void where another assignment has come meanwhile.</summary>
    public void Computed(Assignment assignment, WorkerPush push, RoleAddress server, TimeSpan now, Outbox outbox)
    {
        if (assignment != _current || _push is not null)
        {
            push.Release();
            return;
        }
        _push = push;
        Send(push, server, now, outbox);
    }

    /// <summary>Sends again what has had no answer for long.</summary>
    public void Tick(RoleAddress server, TimeSpan now, Outbox outbox)
    {
        if (now - _lastSent < retryInterval || _current is not null && _push is null) return;
        if (_push is not null) Send(_push, server, now, outbox);
        else
        {
            _lastSent = now;
            outbox.Send(server, new AssignmentRequest(worker));
        }
    }

    /// <summary>Gives up its result: another is wanted, or the shard has gone elsewhere.</summary>
    public void Forget()
    {
        _push?.Release();
        _push = null;
    }

    private void Send(WorkerPush push, RoleAddress server, TimeSpan now, Outbox outbox)
    {
        _lastSent = now;
        push.Sum.Values.Retain();
        outbox.Send(server, push);
    }

    private static (long, long, long) Order(Assignment assignment) =>
        (assignment.Term, assignment.Sequence, assignment.Model.Step);
}
