using ClusterGd.Core.Attacks;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Simulation;

/// <summary>A simulated cluster, but for its faults.</summary>
public sealed record SimulationOptions
{
    /// <summary>At the start; ≥ 1.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Of each slice; ≥ 0.</summary>
    public int Backups { get; init; }

    /// <summary>A message takes from 1 to so many milliseconds; ≥ 1.</summary>
    public int LatencyMsMax { get; init; } = 1;

    /// <summary>A computation takes from 1 to so many milliseconds; ≥ 1.</summary>
    public int ComputeMsMax { get; init; } = 1;

    /// <summary>Virtual time after which no fault strikes any more and those that last end.</summary>
    public TimeSpan SafetyMax { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>Virtual time without faults after which a run that has not ended is called stuck.</summary>
    public TimeSpan CalmMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What the observer holds from the beginning; null for a run from step 0.</summary>
    public Checkpoint? Start { get; init; }

    /// <summary>What some shards send in place of their gradients; null for none.</summary>
    public AttackPlan? Attack { get; init; }

    /// <summary>When a user asks for a clean stop, again and again; null for never.</summary>
    public TimeSpan? InterruptAt { get; init; }

    /// <summary>Whether every event is written down.</summary>
    public bool IsTraced { get; init; }

    /// <summary>The same with the times of messages and computations drawn by the seed: up to 60 and 40 ms.</summary>
    public SimulationOptions WithTimesOf(ulong seed)
    {
        var (latency, compute, _, _) = Draw.Block(seed, DrawPurpose.Faults, 5, 0, 0, 0);
        return this with { LatencyMsMax = 1 + (int)(latency % 60), ComputeMsMax = 1 + (int)(compute % 40) };
    }

    /// <summary>About the time that so many steps take where nothing goes wrong.</summary>
    public TimeSpan TimeOf(long steps) => TimeSpan.FromMilliseconds(steps * (2.0 * LatencyMsMax + ComputeMsMax));
}
