namespace ClusterGd.Core.Faults;

/// <summary>The faults of messages that last at the moment, in the order in which they began. Thread-safe.</summary>
public sealed class LinkFaults<TNode>
{
    private readonly Lock _changing = new();
    private volatile LinkFault<TNode>[] _faults = [];

    /// <summary>Whether a partition is there, open or not.</summary>
    public bool HasPartition { get; private set; }

    public void Begin(LinkFault<TNode> fault) => Change(faults => faults.Append(fault));

    public void End(LinkFault<TNode> fault) => Change(faults => faults.Where(other => other != fault));

    public void EndAll() => Change(_ => []);

    /// <summary>Whether a partition keeps messages from arriving.</summary>
    public bool Cuts(TNode from, TNode to)
    {
        if (!HasPartition) return false;
        foreach (var fault in _faults)
        {
            if (fault.Cuts(from, to)) return true;
        }
        return false;
    }

    /// <summary>What becomes of a message.</summary>
    /// <param name="isSpared">Whether partitions do not concern it.</param>
    /// <param name="struck">Told each kind that strikes it.</param>
    public MessageFate FateOf(TNode from, TNode to, bool isSpared, IFaultDraws draws, Action<FaultKind>? struck)
    {
        var fate = default(MessageFate);
        foreach (var fault in _faults)
        {
            if (isSpared && fault.Kind == FaultKind.Partition || !fault.Strikes(from, to, draws)) continue;
            struck?.Invoke(fault.Kind);
            fate = fault.Strike(fate, draws);
            if (fate.Lost is not null) break;
        }
        return fate;
    }

    private void Change(Func<IEnumerable<LinkFault<TNode>>, IEnumerable<LinkFault<TNode>>> change)
    {
        lock (_changing)
        {
            _faults = [.. change(_faults)];
            HasPartition = _faults.Any(fault => fault.Kind == FaultKind.Partition);
        }
    }
}
