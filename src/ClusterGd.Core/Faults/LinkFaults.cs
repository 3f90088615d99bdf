namespace ClusterGd.Core.Faults;

/// <summary>The faults of messages that last at the moment, in the order in which they began. Thread-safe.</summary>
public sealed class LinkFaults<TNode>
{
    private readonly Lock _changing = new();
    private volatile LinkFault<TNode>[] _faults = [];

    /// <summary>Whether a link may be cut, open for the moment or not.</summary>
    public bool HasCuts { get; private set; }

    public bool HasAny => _faults.Length > 0;

    public void Begin(LinkFault<TNode> fault) => Change(faults => faults.Append(fault));

    public void End(LinkFault<TNode> fault) => Change(faults => faults.Where(other => other != fault));

    public void EndAll() => Change(_ => []);

    /// <summary>The kind of the cut that keeps a message from arriving; null if none does.</summary>
    /// <param name="isObservers">Whether an observer sends or gets it.</param>
    public FaultKind? CutOf(TNode from, TNode to, Traffic traffic, bool isObservers)
    {
        if (!HasCuts) return null;
        foreach (var fault in _faults)
        {
            if (!(isObservers && fault.SparesObservers) && fault.Cuts(from, to, traffic)) return fault.Kind;
        }
        return null;
    }

    /// <summary>What becomes of a message.</summary>
    /// <param name="isObservers">Whether an observer sends or gets it.</param>
    /// <param name="struck">Told each kind that strikes it.</param>
    public MessageFate FateOf(
        TNode from, TNode to, Traffic traffic, bool isObservers, IFaultDraws draws, Action<FaultKind>? struck)
    {
        var fate = default(MessageFate);
        foreach (var fault in _faults)
        {
            if (isObservers && fault.SparesObservers || !fault.Strikes(from, to, traffic, draws)) continue;
            struck?.Invoke(fault.Kind);
            fate = fault.Strike(fate, traffic, draws);
            if (fate.Lost is not null) break;
        }
        return fate;
    }

    private void Change(Func<IEnumerable<LinkFault<TNode>>, IEnumerable<LinkFault<TNode>>> change)
    {
        lock (_changing)
        {
            _faults = [.. change(_faults)];
            HasCuts = _faults.Any(fault => fault.IsCut);
        }
    }
}
