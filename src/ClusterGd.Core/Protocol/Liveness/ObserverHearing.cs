namespace ClusterGd.Core.Protocol;

/// <summary>
/// Which observers and nodes of a run hear each other, by the pulses that they send each other. What an observer is
/// told, and what it says, must not depend on one link: where it and the coordinator do not hear each other, it names a
/// node that should take over. Pure: no clock. One owner.
/// </summary>
/// <param name="self">The process that listens: an observer, or a node that observers send pulses.</param>
public sealed class ObserverHearing(string self)
{
    /// <summary>Pulses come five times a second.</summary>
    private static readonly TimeSpan s_heardTime = TimeSpan.FromSeconds(2);

    /// <summary>Longer than a coordinator takes to be replaced by nodes that do not hear it themselves.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(4);

    private readonly Dictionary<string, Voice> _voices = new(StringComparer.Ordinal);
    private string? _coordinator;
    private bool _hasHeard;
    private TimeSpan _since;
    private TimeSpan _now;

    private sealed class Voice
    {
        public TimeSpan Heard;
        public TimeSpan? Answered;
    }

    /// <summary>Those that were heard of late.</summary>
    public IEnumerable<string> Heard => _voices.Where(pair => IsRecent(pair.Value.Heard)).Select(pair => pair.Key);

    /// <summary>For how long the coordinator has not said that it hears this process; zero before any node has.
    /// </summary>
    public TimeSpan Unanswered { get; private set; }

    /// <summary>
    /// The node that should take over, since it and this process hear each other while the coordinator and this process
    /// do not; null where all is well or there is none.
    /// </summary>
    public string? Successor => Unanswered < s_patience ? null : _voices
        .Where(pair => pair.Key != _coordinator && pair.Value.Answered is { } at && IsRecent(at))
        .Select(pair => pair.Key).Min(StringComparer.Ordinal);

    /// <summary>A process says that it is there, and whom it hears.</summary>
    public void Hear(string name, IEnumerable<string> heard, TimeSpan now)
    {
        (_now, _hasHeard) = (now, true);
        if (!_voices.TryGetValue(name, out var voice)) _voices[name] = voice = new Voice();
        voice.Heard = now;
        if (heard.Contains(self)) voice.Answered = now;
    }

    /// <summary>To be called several times a second.</summary>
    /// <param name="coordinator">Null where none is known.</param>
    public void Tick(string? coordinator, TimeSpan now)
    {
        // Nobody has anything to say before the first node is prepared; and what a process that stood still has missed
        // is no one's fault.
        bool isNew = coordinator != _coordinator || coordinator is null || !_hasHeard;
        if (isNew || now - _now > s_heardTime) _since = now;
        (_coordinator, _now) = (coordinator, now);
        var answered = coordinator is null ? null : _voices.GetValueOrDefault(coordinator)?.Answered;
        Unanswered = now - (answered is { } at && at > _since ? at : _since);
        foreach (var (name, voice) in _voices)
        {
            if (name != coordinator && !IsRecent(voice.Heard)) _voices.Remove(name);
        }
    }

    private bool IsRecent(TimeSpan at) => _now - at <= s_heardTime;
}
