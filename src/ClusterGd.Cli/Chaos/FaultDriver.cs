using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using ClusterGd.Cli.Nodes;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// Makes the faults of a plan happen, each at its moment: to node processes from outside, to what they send and
/// compute by orders to them, and to the disk of this process.
/// </summary>
/// <param name="client">What the client in this process suffers.</param>
/// <param name="clientCounts">By fault the messages of the client that it has struck.</param>
internal sealed class FaultDriver(
    Scenario scenario, ChaosNodes nodes, LiveFaults client, ConcurrentDictionary<int, long> clientCounts,
    ChaosDisk? disk, Stopwatch clock, Func<long> step, Func<Placed?> place, int threads, Action<string> say)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5), s_answerTime = TimeSpan.FromSeconds(2);

    /// <summary>Of a slowed process: it runs for this time, then stands still for as many times it as it is slower.
    /// </summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<int, Strike> _strikes = new();
    private readonly ConcurrentDictionary<int, FaultOrder> _lasting = new();
    private uint _draws;

    public ImmutableArray<Strike> Strikes => [.. _strikes.Values.OrderBy(strike => strike.Seconds)];

    /// <summary>Runs until all faults have struck and have passed, or it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancelled) => Task.WhenAll(
        scenario.Plan.Faults.Select((fault, number) => StrikeAsync(fault, number, cancelled)));

    private async Task StrikeAsync(Fault fault, int number, CancellationToken cancelled)
    {
        try
        {
            var ahead = IsTellableAhead(fault) ? fault.Nodes.SelectMany(Choose).Distinct().ToList() : [];
            if (ahead.Count > 0)
            {
                await StrikeGradientsAsync(fault, number, ahead, cancelled);
                return;
            }
            while (fault.At.IsStep ? step() < fault.At.Step : clock.Elapsed < fault.At.Time)
            {
                await Task.Delay(s_look, cancelled);
            }
            var struck = fault.Nodes.SelectMany(Choose).Distinct().ToList();
            // A pair of which one is named is that one and any other.
            if (fault.Kind == FaultKind.CutPair && struck.Count == 1 && !fault.Nodes.Contains(FaultTarget.Client))
            {
                struck.AddRange(AnyOf(nodes.Running.Except(struck)));
            }
            Note(fault, number, struck);
            long? count = await StrikeAsync(fault, number, struck, cancelled);
            _strikes[number] = _strikes[number] with { Count = count };
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private void Note(Fault fault, int number, List<NodeProcess> struck)
    {
        _strikes[number] = new Strike(
            fault.ToString(), fault.Kind, [.. struck.Select(node => node.Address)], clock.Elapsed.TotalSeconds,
            For: fault.For.TotalSeconds);
        // A node that strikes by itself, at a step, is ahead of the samples.
        long at = Math.Max(step(), fault.At.Step);
        string addresses = string.Join(", ", struck.Select(node => node.Address));
        say($"{clock.Elapsed.TotalSeconds:F1} s, step {at}: {FaultKinds.Row(fault.Kind).Name} {addresses}");
    }

    /// <returns>Messages, gradients, writes or files that were struck; null for a kind that strikes whole nodes.
    /// </returns>
    private async Task<long?> StrikeAsync(
        Fault fault, int number, List<NodeProcess> struck, CancellationToken cancelled)
    {
        switch (fault.Kind)
        {
            case FaultKind.Join:
                await StartNodeAsync(cancelled);
                return null;
            case FaultKind.Partition or FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate or FaultKind.Reorder
                or FaultKind.Corrupt or FaultKind.CutPair or FaultKind.LargeFrames or FaultKind.PacketLoss:
                return await StrikeMessagesAsync(fault, number, struck, cancelled);
            case FaultKind.NanGradient or FaultKind.FlippedBit:
                Tell(fault, number, struck);
                return await GradientsStruckAsync(number, struck, cancelled);
            case FaultKind.DiskFull or FaultKind.FsyncError or FaultKind.SlowDisk or FaultKind.DamagedCheckpoint:
                return await disk!.StrikeAsync(fault, sentence => say("  " + sentence), cancelled);
            default:
                await Task.WhenAll(struck.Select(node => StrikeAsync(fault, node, cancelled)));
                return null;
        }
    }

    private async Task StrikeAsync(Fault fault, NodeProcess node, CancellationToken cancelled)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                Signal(node, ProcessSignal.Kill);
                break;
            case FaultKind.Leave:
                Signal(node, ProcessSignal.Terminate);
                break;
            case FaultKind.Restart:
                Signal(node, ProcessSignal.Kill);
                await Task.Delay(fault.For, cancelled);
                await StartNodeAsync(cancelled);
                break;
            case FaultKind.Pause:
                Signal(node, ProcessSignal.Stop);
                try
                {
                    await Task.Delay(fault.For, cancelled);
                }
                finally
                {
                    Signal(node, ProcessSignal.Continue);
                }
                break;
            case FaultKind.Slow:
                await SlowAsync(node, fault, cancelled);
                break;
            default:
                throw new InvalidOperationException($"no interpreter for {fault}");
        }
    }

    /// <summary>Every process strikes what it sends, this one's client too: all must know of the fault.</summary>
    private async Task<long?> StrikeMessagesAsync(
        Fault fault, int number, List<NodeProcess> struck, CancellationToken cancelled)
    {
        bool isForAll = fault.Kind is not (FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames)
            && fault.Nodes.Contains(FaultTarget.All);
        string[]? names = isForAll ? null : NamesOf(fault, struck);
        var order = FaultOrder.Begin(number, fault, names);
        _lasting[number] = order;
        order.Apply(client);
        foreach (var node in nodes.Running) node.Say(order.ToLine());
        try
        {
            await Task.Delay(fault.For, cancelled);
        }
        catch (OperationCanceledException)
        {
            // What it has struck is told all the same.
        }
        _lasting.TryRemove(number, out _);
        var over = order with { IsOver = true };
        over.Apply(client);
        var running = nodes.Running.ToList();
        foreach (var node in running) node.Say(over.ToLine());
        long[] counts = await Task.WhenAll(running.Select(node => AnswerAsync(node, number)));
        return counts.Sum() + clientCounts.GetValueOrDefault(number);
    }

    /// <summary>Addresses and endpoints in the fault's order, since of a pair one way may be cut.</summary>
    private string[] NamesOf(Fault fault, List<NodeProcess> struck)
    {
        string[] names = [.. struck.SelectMany(node => new[] { node.Address, node.Endpoint })];
        int at = fault.Nodes.IndexOf(FaultTarget.Client);
        string[] own = [client.Self, client.Endpoint];
        return at < 0 ? names : at == 0 ? [.. own, .. names] : [.. names, .. own];
    }

    /// <summary>
    /// The step of a gradient is in its header, so the node itself can strike at the very step; a sample of how far the
    /// run is comes hundreds of steps late on a busy machine.
    /// </summary>
    private static bool IsTellableAhead(Fault fault) =>
        fault.At.IsStep && fault.Kind is FaultKind.NanGradient or FaultKind.FlippedBit &&
        fault.Nodes.All(target => target.Kind is FaultTargetKind.Number or FaultTargetKind.All);

    /// <summary>Tells the nodes now; it has struck once one of them says so.</summary>
    private async Task StrikeGradientsAsync(
        Fault fault, int number, List<NodeProcess> struck, CancellationToken cancelled)
    {
        Tell(fault, number, struck);
        var first = Task.WhenAny(struck.Select(node => node.StruckBy(number)));
        await Task.WhenAny(first, Task.Delay(Timeout.Infinite, cancelled));
        if (await Task.WhenAny(first, Task.Delay(s_answerTime, CancellationToken.None)) != first) return;
        Note(fault, number, struck);
        long count = await GradientsStruckAsync(number, struck, cancelled);
        _strikes[number] = _strikes[number] with { Count = count };
    }

    private static void Tell(Fault fault, int number, List<NodeProcess> struck)
    {
        foreach (var node in struck) node.Say(FaultOrder.Begin(number, fault, null).ToLine());
    }

    /// <summary>A run that a wrong gradient ends may be over before the nodes' answers are here.</summary>
    private static async Task<long> GradientsStruckAsync(
        int number, List<NodeProcess> struck, CancellationToken cancelled)
    {
        var all = Task.WhenAll(struck.Select(node => node.StruckBy(number)));
        await Task.WhenAny(all, Task.Delay(Timeout.Infinite, cancelled));
        return (await Task.WhenAll(struck.Select(node => AnswerAsync(node, number)))).Sum();
    }

    private async Task StartNodeAsync(CancellationToken cancelled)
    {
        var node = await nodes.StartAsync(threads, cancelled);
        foreach (var order in _lasting.Values) node.Say(order.ToLine());
    }

    /// <summary>One that stands still, or is gone, does not say.</summary>
    private static async Task<long> AnswerAsync(NodeProcess node, int number)
    {
        var answer = node.StruckBy(number);
        return await Task.WhenAny(answer, Task.Delay(s_answerTime)) == answer ? await answer : 0;
    }

    private async Task SlowAsync(NodeProcess node, Fault fault, CancellationToken cancelled)
    {
        var end = clock.Elapsed + fault.For;
        try
        {
            while (clock.Elapsed < end && node.IsRunning)
            {
                Signal(node, ProcessSignal.Stop);
                await Task.Delay(s_slice * (fault.Factor - 1), cancelled);
                Signal(node, ProcessSignal.Continue);
                await Task.Delay(s_slice, cancelled);
            }
        }
        finally
        {
            Signal(node, ProcessSignal.Continue);
        }
    }

    private static void Signal(NodeProcess node, ProcessSignal signal)
    {
        if (node.IsRunning) Signals.Send(node.Process.Id, signal);
    }

    private IEnumerable<NodeProcess> Choose(FaultTarget target)
    {
        var there = nodes.Running.ToList();
        switch (target.Kind)
        {
            case FaultTargetKind.All:
                return there;
            case FaultTargetKind.Number:
                return nodes.All.Skip(target.Number - 1).Take(1).Where(node => node.IsRunning);
            case FaultTargetKind.Any:
                return AnyOf(there);
            // Only its links can be struck, which is done by its names.
            case FaultTargetKind.Client:
                return [];
            default:
                string? name = target.Kind == FaultTargetKind.Coordinator ? place()?.Coordinator : place()?.SliceHost;
                return there.Where(node => name?.EndsWith("@" + node.Address, StringComparison.Ordinal) == true);
        }
    }

    private IEnumerable<NodeProcess> AnyOf(IEnumerable<NodeProcess> running)
    {
        var there = running.ToList();
        uint drawn = Draw.Block(scenario.Seed, DrawPurpose.Faults, 5, 0, 0, _draws++).A;
        return there.Skip((int)(drawn % (uint)Math.Max(1, there.Count))).Take(1);
    }
}
