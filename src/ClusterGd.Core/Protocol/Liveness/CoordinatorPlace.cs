using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>What a process wants done about the coordinator.</summary>
public abstract record PlaceEffect : Effect
{
    /// <summary>Start it here: this process is its place.</summary>
    public sealed record Begin : PlaceEffect;

    /// <summary>Stop the one here: its place is elsewhere.</summary>
    public sealed record End : PlaceEffect;

    /// <summary>Tell the one here.</summary>
    public sealed record TellHere(NodeSilent Message) : PlaceEffect;

    /// <summary>A wait, or a decision, for people. Observers only.</summary>
    public sealed record Report(RunNews News) : PlaceEffect;

    /// <summary>The coordinator is not heard, and nobody takes over. Observers only.</summary>
    public sealed record GiveUp(string What) : PlaceEffect;
}

/// <summary>
/// Where a run's coordinator is, as one of its nodes or observers sees it (<see cref="Succession"/>): it makes the
/// process heard by those who may have to act without it, and has the coordinator begin here where this is its place.
/// For a moment there may be two: terms decide between them. One owner.
/// </summary>
/// <param name="self">The node's name, or an observer's.</param>
/// <param name="observers">The run's.</param>
public sealed class CoordinatorPlace(string self, ImmutableArray<string> observers) : IRole
{
    /// <summary>Of so many pulses those who are no heirs send one to observers.</summary>
    private const int PulsesOfOthers = 4;

    /// <summary>Above what is usual where cores are busy; and when an observer gives up.</summary>
    private static readonly TimeSpan s_unansweredMin = TimeSpan.FromSeconds(2),
        s_unansweredMax = TimeSpan.FromSeconds(60);

    private readonly Succession _succession = new(self);
    private readonly ObserverHearing _hearing = new(self);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly bool _isObserver = observers.Contains(self);
    private int _pulseCount;
    private (string From, string To)? _successorTold;

    /// <summary>Null where no node is known.</summary>
    public string? Node { get; private set; }

    public void Handle(object message, TimeSpan now, Outbox outbox)
    {
        switch (message)
        {
            case NodesAre nodes:
                _succession.MembersAre(nodes.OldestFirst);
                break;
            case Pulse pulse:
                if (_isObserver || observers.Contains(pulse.Node)) _hearing.Hear(pulse.Node, pulse.Heard, now);
                _succession.Hear(pulse.Node, now, pulse.HearsMost, pulse.Heard);
                break;
            case CoordinatorSeen seen:
                _succession.Follow(seen.Coordinator, seen.Term, now);
                break;
            case TakeOverFrom request:
                _succession.TakeOver(request.Coordinator);
                break;
        }
        Follow(outbox);
    }

    /// <summary>To be called five times a second, where nodes are in several processes.</summary>
    public void Tick(TimeSpan now, Outbox outbox)
    {
        _succession.Tick(now);
        Follow(outbox);
        _hearing.Tick(Node, now);
        MakeHeard(outbox);
        if (_isObserver) SeeToCoordinator(outbox);
    }

    /// <summary>Has the coordinator here if it should be, and nowhere else that this process knows of.</summary>
    private void Follow(Outbox outbox)
    {
        if (_succession.Coordinator != Node)
        {
            if (Node == self) outbox.Do(new PlaceEffect.End());
            Node = _succession.Coordinator;
            if (Node == self) outbox.Do(new PlaceEffect.Begin());
            _told.Clear();
        }
        _told.IntersectWith(_succession.Silent);
        if (Node != self) return;
        foreach (string node in _succession.Silent)
        {
            if (_told.Add(node)) outbox.Do(new PlaceEffect.TellHere(new NodeSilent(node)));
        }
    }

    private void MakeHeard(Outbox outbox)
    {
        var pulse = new Pulse(self, _succession.HearsMost, [.. _succession.Heard, .. _hearing.Heard]);
        var listeners = _isObserver ? _succession.Listeners.Union(_hearing.Heard) : _succession.Listeners;
        foreach (string node in listeners) outbox.Send(RoleAddress.OfCoordinatorAt(node), pulse);
        // The oldest nodes may have no part in this run: so the others make themselves heard as well, less often.
        if (_isObserver || !_succession.IsJudge && _pulseCount++ % PulsesOfOthers != 0) return;
        foreach (string observer in observers) outbox.Send(RoleAddress.OfCoordinatorAt(observer), pulse);
    }

    /// <summary>An observer does not wait for one coordinator, and not for ever.</summary>
    private void SeeToCoordinator(Outbox outbox)
    {
        var waited = _hearing.Unanswered;
        if (waited < s_unansweredMin || Node is not { } place) return;
        outbox.Do(new PlaceEffect.Report(new RunNews(
            $"the coordinator at {place} and this process to hear each other", waited.TotalSeconds)));
        if (waited >= s_unansweredMax)
        {
            outbox.Do(new PlaceEffect.GiveUp(
                $"the coordinator at {place} and this process have not heard each other for {waited.TotalSeconds:F0} " +
                "s, and no node takes over; look at the network, then resume the run, or train again: to the same " +
                "bits"));
        }
        if (_hearing.Successor is not { } successor) return;
        outbox.Send(RoleAddress.OfCoordinatorAt(successor), new TakeOverFrom(place));
        if (_successorTold == (place, successor)) return;
        _successorTold = (place, successor);
        outbox.Do(new PlaceEffect.Report(new RunNews(
            $"the coordinator at {place} and this process do not hear each other; {successor} is asked to take over",
            -1)));
    }
}
