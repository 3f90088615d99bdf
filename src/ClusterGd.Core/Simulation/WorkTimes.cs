using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// How long things take in the simulated cluster of workers: a function of the seed, so that every mode meets the same
/// luck.
/// </summary>
public sealed record WorkTimes
{
    /// <summary>A micro-batch on a worker that is never late; ms, &gt; 0. Default 10.</summary>
    public double ComputeMs { get; init; } = 10;

    /// <summary>
    /// Mean of the exponential part that each computation takes more, as a share of it; ≥ 0. Default 0.2.
    /// </summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Workers, the last ones, that are always slow; ≥ 0. Default 0.</summary>
    public int Stragglers { get; init; }

    /// <summary>How many times longer those take; ≥ 1. Default 1.</summary>
    public double Slowdown { get; init; } = 1;

    /// <summary>One way between a worker and the server; ms, ≥ 0. Default 0.5.</summary>
    public double LatencyMs { get; init; } = 0.5;

    /// <summary>Of each worker's link; MB/s, &gt; 0. Default 1000.</summary>
    public double BandwidthMBs { get; init; } = 1000;

    /// <summary>Share of messages lost, and doubled; in [0, 1). Default 0.</summary>
    public double Drop { get; init; }

    public double Duplicate { get; init; }

    /// <summary>The time of a computation.</summary>
    /// <param name="steps">Micro-batches in it.</param>
    public TimeSpan Compute(ulong seed, int worker, int workers, long sequence, int steps)
    {
        var (a, _, _, _) = Draw.Block(seed, DrawPurpose.WorkTimes, 0, sequence, worker, 0);
        double late = -Transcendental.Log(1 - Philox.Uniform(a)) * Jitter;
        double slowdown = worker >= workers - Stragglers ? Slowdown : 1;
        return TimeSpan.FromMilliseconds(ComputeMs * slowdown * (steps + late * Math.Sqrt(steps)));
    }

    /// <summary>The time of a message.</summary>
    public TimeSpan Transfer(long bytes) => TimeSpan.FromMilliseconds(LatencyMs + bytes / (BandwidthMBs * 1000));
}
