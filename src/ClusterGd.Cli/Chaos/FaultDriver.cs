using System.Collections.Immutable;
using System.Diagnostics;
using ClusterGd.Cluster;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Cli.Chaos;

/// <summary>Makes the faults of a plan happen to node processes, each at its moment.</summary>
internal sealed class FaultDriver(
    Scenario scenario, ChaosNodes nodes, Stopwatch clock, Func<long> step, Func<Placed?> place, int threads,
    Action<string> say)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    /// <summary>Of a slowed process: it runs for this time, then stands still for as many times it as it is slower.
    /// </summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(10);

    private readonly List<Strike> _strikes = [];
    private uint _draws;

    public ImmutableArray<Strike> Strikes
    {
        get { lock (_strikes) return [.. _strikes.OrderBy(strike => strike.Seconds)]; }
    }

    /// <summary>Runs until all faults have struck and have passed, or it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancelled) =>
        Task.WhenAll(scenario.Plan.Faults.Select(fault => StrikeAsync(fault, cancelled)));

    private async Task StrikeAsync(Fault fault, CancellationToken cancelled)
    {
        try
        {
            while (fault.At.IsStep ? step() < fault.At.Step : clock.Elapsed < fault.At.Time)
            {
                await Task.Delay(s_look, cancelled);
            }
            var struck = fault.Nodes.SelectMany(Choose).Distinct().ToList();
            lock (_strikes)
            {
                _strikes.Add(new Strike(
                    fault.ToString(), [.. struck.Select(node => node.Address)], clock.Elapsed.TotalSeconds));
            }
            say($"{clock.Elapsed.TotalSeconds:F1} s, step {step()}: {FaultKinds.Row(fault.Kind).Name} " +
                string.Join(", ", struck.Select(node => node.Address)));
            await Task.WhenAll(struck.Select(node => StrikeAsync(fault, node, cancelled)));
            if (fault.Kind == FaultKind.Join) await nodes.StartAsync(threads, cancelled);
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private async Task StrikeAsync(Fault fault, ChaosNodes.Node node, CancellationToken cancelled)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                node.Signal(ProcessSignal.Kill);
                break;
            case FaultKind.Leave:
                node.Signal(ProcessSignal.Terminate);
                break;
            case FaultKind.Restart:
                node.Signal(ProcessSignal.Kill);
                await Task.Delay(fault.For, cancelled);
                await nodes.StartAsync(threads, cancelled);
                break;
            case FaultKind.Pause:
                node.Signal(ProcessSignal.Stop);
                try
                {
                    await Task.Delay(fault.For, cancelled);
                }
                finally
                {
                    node.Signal(ProcessSignal.Continue);
                }
                break;
            case FaultKind.Slow:
                await SlowAsync(node, fault, cancelled);
                break;
        }
    }

    private async Task SlowAsync(ChaosNodes.Node node, Fault fault, CancellationToken cancelled)
    {
        var end = clock.Elapsed + fault.For;
        try
        {
            while (clock.Elapsed < end && node.IsThere)
            {
                node.Signal(ProcessSignal.Stop);
                await Task.Delay(s_slice * (fault.Factor - 1), cancelled);
                node.Signal(ProcessSignal.Continue);
                await Task.Delay(s_slice, cancelled);
            }
        }
        finally
        {
            node.Signal(ProcessSignal.Continue);
        }
    }

    private IEnumerable<ChaosNodes.Node> Choose(FaultTarget target)
    {
        var there = nodes.All.Where(node => node.IsThere).ToList();
        switch (target.Kind)
        {
            case FaultTargetKind.All:
                return there;
            case FaultTargetKind.Number:
                return nodes.All.Skip(target.Number - 1).Take(1).Where(node => node.IsThere);
            case FaultTargetKind.Any:
                uint drawn = Draw.Block(scenario.Seed, DrawPurpose.Faults, 5, 0, 0, _draws++).A;
                return there.Skip((int)(drawn % (uint)there.Count)).Take(1);
            default:
                string? name = target.Kind == FaultTargetKind.Coordinator ? place()?.Coordinator : place()?.SliceHost;
                return there.Where(node => name?.EndsWith("@" + node.Address, StringComparison.Ordinal) == true);
        }
    }
}
