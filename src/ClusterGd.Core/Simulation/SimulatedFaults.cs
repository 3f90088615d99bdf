using ClusterGd.Core.Faults;

namespace ClusterGd.Core.Simulation;

/// <summary>Has a plan's faults strike and end in a cluster; once all have, or time is up, it heals.</summary>
internal sealed class SimulatedFaults(SimulatedCluster cluster, FaultPlan plan, FaultCounts counts)
{
    private static readonly TimeSpan s_revive = TimeSpan.FromSeconds(1);
    private readonly List<Fault> _byStep = [.. plan.Faults.Where(fault => fault.At.IsStep)];
    private int _ahead = plan.Faults.Length;

    /// <summary>When the last fault ended; null while some may strike.</summary>
    public TimeSpan? CalmSince { get; private set; }

    public void Start()
    {
        foreach (var fault in plan.Faults.Where(fault => !fault.At.IsStep))
        {
            cluster.Time.After(fault.At.Time, () => Strike(fault));
        }
        Reached(0);
        cluster.Time.After(cluster.Options.SafetyMax, Heal);
        if (_ahead == 0) Heal();
    }

    /// <summary>A step is made.</summary>
    public void Reached(long step)
    {
        for (int i = _byStep.Count - 1; i >= 0; i--)
        {
            if (_byStep[i].At.Step > step) continue;
            var fault = _byStep[i];
            _byStep.RemoveAt(i);
            // Not in the middle of what the node does that has made the step.
            cluster.Time.After(TimeSpan.Zero, () => Strike(fault));
        }
    }

    private void Strike(Fault fault)
    {
        if (CalmSince is not null) return;
        cluster.Trace.Note($"fault {fault}");
        var nodes = fault.Nodes.SelectMany(Resolve).Distinct().ToList();
        switch (fault.Kind)
        {
            case FaultKind.Join:
                counts.Add(fault.Kind);
                cluster.Join();
                break;
            case FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate or FaultKind.Reorder or FaultKind.Corrupt
                or FaultKind.PacketLoss or FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames:
                StrikeLinks(fault, nodes);
                return;
            default:
                foreach (var node in nodes.Where(node => !node.IsObserver)) Strike(fault, node);
                break;
        }
        if (fault.For > TimeSpan.Zero && fault.Kind is FaultKind.Pause or FaultKind.Slow)
        {
            cluster.Time.After(fault.For, () => End(fault, nodes));
        }
        else IsOver();
    }

    private void Strike(Fault fault, SimulatedNode node)
    {
        counts.Add(fault.Kind);
        cluster.Trace.Note($"{node.Name}: {FaultKinds.Row(fault.Kind).Name}");
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                cluster.Kill(node);
                break;
            case FaultKind.Restart:
                cluster.Kill(node);
                cluster.Time.After(fault.For, () => cluster.Replace(node));
                break;
            case FaultKind.Pause:
                node.Pause();
                break;
            case FaultKind.Slow:
                node.Slowness.Add(fault.Factor);
                break;
            case FaultKind.Leave:
                // The last that stays has nobody to hand over to.
                if (cluster.Alive.Count(other => !other.IsLeaving) > 1) node.Run(self => self.Leave());
                break;
            case FaultKind.NanGradient or FaultKind.FlippedBit:
                node.NextGradient = fault.Kind;
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {fault}");
        }
    }

    private void StrikeLinks(Fault fault, List<SimulatedNode> nodes)
    {
        if (fault.Kind == FaultKind.Partition) counts.Add(fault.Kind);
        // A pair of which one is named is that one and any other.
        if (fault.Kind == FaultKind.CutPair && nodes.Count == 1 && AnyOf(cluster.Alive.Except(nodes)) is [var other])
        {
            nodes.Add(other);
        }
        bool isForAll = fault.Kind is not (FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames)
            && fault.Nodes.Contains(FaultTarget.All);
        var link = new LinkFault<SimulatedNode>(fault, isForAll ? null : nodes);
        cluster.Trace.Note($"of {string.Join(", ", nodes.Select(node => node.Name))}");
        cluster.Network.Begin(link);
        if (fault.Flap > TimeSpan.Zero) cluster.Time.After(fault.Flap, () => Flap(fault, link));
        cluster.Time.After(fault.For, () =>
        {
            cluster.Trace.Note($"end of fault {fault}");
            cluster.Network.End(link);
            IsOver();
        });
    }

    private void Flap(Fault fault, LinkFault<SimulatedNode> link)
    {
        if (CalmSince is not null) return;
        link.IsOpen = !link.IsOpen;
        cluster.Time.After(fault.Flap, () => Flap(fault, link));
    }

    private void End(Fault fault, List<SimulatedNode> nodes)
    {
        if (CalmSince is not null) return;
        cluster.Trace.Note($"end of fault {fault}");
        foreach (var node in nodes)
        {
            if (fault.Kind == FaultKind.Pause) node.Resume();
            else node.Slowness.Remove(fault.Factor);
        }
        IsOver();
    }

    private void IsOver()
    {
        if (--_ahead == 0) Heal();
    }

    private IEnumerable<SimulatedNode> Resolve(FaultTarget target)
    {
        var alive = cluster.Alive.ToList();
        return target.Kind switch
        {
            FaultTargetKind.Number => alive.Where(node => node.Number == target.Number),
            FaultTargetKind.Coordinator => alive.Where(node => node.Coordinator is not null).TakeLast(1),
            FaultTargetKind.SliceOwner => alive.Where(node => node.Name == cluster.NewestLayout?.SliceHosts[0]),
            FaultTargetKind.Any => AnyOf(alive),
            FaultTargetKind.All => alive,
            // Of a process that has no part in the run but its links only the links can be struck.
            FaultTargetKind.Client => [cluster.ObserverNode],
        };
    }

    private SimulatedNode[] AnyOf(IEnumerable<SimulatedNode> nodes)
    {
        var all = nodes.ToList();
        return all.Count == 0 ? [] : [all[(int)(cluster.Random.Next() % (uint)all.Count)]];
    }

    /// <summary>No fault any more: what stands still goes on, what is cut passes, and where nobody is left, nodes
    /// come.</summary>
    private void Heal()
    {
        if (CalmSince is not null) return;
        CalmSince = cluster.Time.Now;
        cluster.Trace.Note($"no faults from now on");
        _byStep.Clear();
        cluster.Network.EndAll();
        foreach (var node in cluster.Alive.ToList())
        {
            node.Slowness.Clear();
            node.Resume();
        }
        Revive();
    }

    private void Revive()
    {
        if (!cluster.Alive.Any())
        {
            for (int i = 0; i < cluster.Options.Nodes; i++) cluster.Join();
        }
        cluster.Time.After(s_revive, Revive);
    }
}
