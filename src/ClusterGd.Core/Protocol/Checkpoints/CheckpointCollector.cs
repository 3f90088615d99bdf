
namespace ClusterGd.Core.Protocol;

/// <summary>
/// Puts checkpoints together from the states that slices send, in any order and perhaps not all; the newest whole one
/// counts. Bounded. Pure; one owner.
/// </summary>
public sealed class CheckpointCollector
{
    /// <summary>Steps of which some states are here and others not.</summary>
    private const int PendingMax = 3;

    private readonly SortedDictionary<long, SliceState?[]> _pending = [];
    private readonly long[] _latest;

    /// <param name="start">The newest checkpoint to begin with.</param>
    public CheckpointCollector(TrainingPlan plan, Checkpoint? start)
    {
        _latest = new long[plan.SliceCount];
        Array.Fill(_latest, -1);
        Newest = start;
    }

    public Checkpoint? Newest { get; private set; }

    /// <summary>Takes a slice's state. That of a final version is dropped: nothing goes on from it.</summary>
    public void Add(SliceState state)
    {
        _latest[state.Slice] = state.Step;
        Forget(step => step <= Newest?.Step || IsHopeless(_pending[step], step));
        if (state.IsFinal || state.Step <= Newest?.Step) return;
        if (!_pending.TryGetValue(state.Step, out var states))
        {
            // Those under way first: to begin ever newer ones and finish none would help nobody.
            if (_pending.Count == PendingMax) return;
            _pending.Add(state.Step, states = new SliceState?[_latest.Length]);
        }
        states[state.Slice] ??= state;
    }

    /// <summary>The newest step of which all states are here and which is no checkpoint yet; -1 for none.</summary>
    public long CompleteStep => _pending.Where(pair => pair.Value.All(state => state is not null))
        .Select(pair => pair.Key).DefaultIfEmpty(-1).Last();

    /// <summary>The slices whose state at a step is not here.</summary>
    public IEnumerable<int> MissingAt(long step) => !_pending.TryGetValue(step, out var states)
        ? Enumerable.Range(0, _latest.Length)
        : Enumerable.Range(0, states.Length).Where(slice => states[slice] is null);

    /// <summary>Makes the newest complete step the newest checkpoint; null where there is none, or a gap in the
    /// history.</summary>
    public Checkpoint? TryComplete(EvaluationHistory history)
    {
        long step = CompleteStep;
        if (step < 0 || !history.IsCompleteBefore(step)) return null;
        var evaluations = history.Before(step);
        var elapsed = evaluations.IsEmpty ? TimeSpan.Zero : evaluations[^1].Elapsed;
        Newest = new Checkpoint(step, elapsed, evaluations, [.. _pending[step].Select(state => state!)]);
        Forget(pending => pending <= step);
        return Newest;
    }

    /// <summary>What a slice did not send, but something later, it will hardly send any more.</summary>
    private bool IsHopeless(SliceState?[] states, long step)
    {
        for (int slice = 0; slice < states.Length; slice++)
        {
            if (states[slice] is null && _latest[slice] > step) return true;
        }
        return false;
    }

    private void Forget(Predicate<long> isOver)
    {
        foreach (long step in _pending.Keys.Where(step => isOver(step)).ToList()) _pending.Remove(step);
    }
}
