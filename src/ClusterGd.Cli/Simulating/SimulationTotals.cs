using ClusterGd.Core.Faults;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Simulating;

/// <summary>What many schedules came to. Thread-safe.</summary>
internal sealed class SimulationTotals
{
    private readonly Lock _lock = new();
    private readonly long[] _struck = new long[FaultKinds.All.Length];

    public int Schedules { get; private set; }

    public long Events { get; private set; }

    public TimeSpan Time { get; private set; }

    public TimeSpan LongestStep { get; private set; }

    public ulong SeedOfLongestStep { get; private set; }

    /// <summary>Schedules that had to restart from step 0.</summary>
    public int BegunAnew { get; private set; }

    /// <summary>Schedules in which a gradient had wrong bits, and those of them that noticed and stopped.</summary>
    public int WithWrongBits { get; private set; }

    public int WrongBitsNoticed { get; private set; }

    /// <summary>Seeds that broke a promise, and which.</summary>
    public SortedDictionary<ulong, string> Failures { get; } = [];

    public IEnumerable<(FaultKindRow Row, long Count)> Struck => FaultKinds.All.Zip(_struck).Where(s => s.Second > 0);

    public void Add(ulong seed, SimulationResult result)
    {
        lock (_lock)
        {
            Schedules++;
            Events += result.EventCount;
            Time += result.Time;
            if (result.LongestStep > LongestStep) (LongestStep, SeedOfLongestStep) = (result.LongestStep, seed);
            if (result.Generations > 0) BegunAnew++;
            if (result.WrongGradients > 0)
            {
                WithWrongBits++;
                if (result.Outcome?.End is RunEnd.Corrupted or RunEnd.Diverged) WrongBitsNoticed++;
            }
            for (int i = 0; i < _struck.Length; i++) _struck[i] += result.Struck[i];
            if (result.Problem is not null) Failures.Add(seed, result.Problem);
        }
    }
}
