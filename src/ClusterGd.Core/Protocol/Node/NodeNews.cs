namespace ClusterGd.Core.Protocol;

/// <summary>What a node tells those who follow the run, or they are told by others. Nothing depends on it. One owner.
/// </summary>
internal sealed class NodeNews(NodeSettings settings, NodeProtocol protocol)
{
    private static readonly TimeSpan s_stepMadeInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private StepTimes? _times;
    private NodeCounts? _counts;
    private TimeSpan _now, _lastStepMade, _lastTimes, _lastCounts, _lastOrder;
    private long _compared, _lastTold = Math.Max(0, (settings.Start?.Step ?? 0) - 1);

    /// <summary>Second answers were compared.</summary>
    public void Compared(long count) => _compared += count;

    public void Handle(object message, Outbox outbox)
    {
        switch (message)
        {
            case StepTimes times when !settings.IsObserver:
                if (times.IsWorseThan(_times)) _times = times;
                break;
            case StepMade made when settings.IsWatched:
                outbox.Do(new NodeEffect.Progressed(made.Step, made.Loss));
                break;
            case StepMade:
                ToObservers(message, outbox);
                break;
            default:
                outbox.Do(new NodeEffect.Report(message));
                break;
        }
    }

    /// <summary>
    /// Evaluations are told in their order, none left out. A run that begins anew evaluates the same once more: it is
    /// told once.
    /// </summary>
    public void TellEvaluations(Outbox outbox)
    {
        if (!settings.IsObserver) return;
        foreach (var evaluation in protocol.HeardAfter(_lastTold))
        {
            _lastTold = evaluation.Step;
            outbox.Do(new NodeEffect.Report(evaluation));
        }
    }

    /// <summary>New parameters are complete.</summary>
    public void Advanced(ParameterVersion version, Outbox outbox)
    {
        // What is kept of a run that has diverged is of no step that was made.
        if (version.IsFinal && protocol.Directive?.Ending is { IsDiverged: true }) return;
        outbox.Do(new NodeEffect.Progressed(version.Step, version.StepLoss));
        // Parameters may come before the first directive; a layout without nodes is what a coordinator begins with.
        if (protocol.Directive?.Layout.Nodes is not [var first, ..] || first != settings.Name) return;
        if (_now - _lastStepMade < s_stepMadeInterval) return;
        _lastStepMade = _now;
        ToObservers(new StepMade(version.Step, version.StepLoss), outbox);
    }

    public void Tick(TimeSpan now, Outbox outbox)
    {
        _now = now;
        TellTimes(outbox);
        TellCounts(outbox);
        SeeToOrder(outbox);
    }

    /// <summary>Of the slices here the one that explains most, to the process that keeps the event log.</summary>
    private void TellTimes(Outbox outbox)
    {
        if (_times is not { } times || _now - _lastTimes < s_interval) return;
        (_times, _lastTimes) = (null, _now);
        if (settings.Observers.IsEmpty) outbox.Do(new NodeEffect.Report(times));
        ToObservers(times, outbox);
    }

    /// <summary>What faults have cost, to those who follow the run: at once, and again since it may get lost.</summary>
    private void TellCounts(Outbox outbox)
    {
        var counts = new NodeCounts(settings.Name, protocol.RecomputedCount, _compared);
        bool isNothing = counts is { GradientsRecomputed: 0, DuplicatesCompared: 0 };
        if (isNothing || counts == _counts && _now - _lastCounts < s_interval) return;
        (_counts, _lastCounts) = (counts, _now);
        ToObservers(counts, outbox);
    }

    /// <summary>Who keeps the order of application asks for what is new, and at the end without a pause.</summary>
    private void SeeToOrder(Outbox outbox)
    {
        if (protocol.Directive is not { } directive) return;
        bool isKeeper = settings.IsObserver
            || settings.Observers.IsEmpty && directive.Layout.Nodes.IndexOf(settings.Name) == 0;
        bool isOver = protocol.Current?.IsFinal == true;
        if (!isKeeper || !isOver && _now - _lastOrder < s_interval) return;
        _lastOrder = _now;
        protocol.SeeToOrder(outbox);
    }

    private void ToObservers(object message, Outbox outbox)
    {
        foreach (string observer in settings.Observers) outbox.Send(RoleAddress.OfNode(observer), message);
    }
}
