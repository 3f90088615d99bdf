using ClusterGd.Core.Faults;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Cluster.Faults;

/// <summary>Draws by a seed, in the order in which they are asked for. Thread-safe.</summary>
internal sealed class PhiloxDraws(ulong seed) : IFaultDraws
{
    private const int Purpose = 6;
    private uint _index;

    public bool Chance(double probability) => Philox.Uniform(Next()) < probability;

    public TimeSpan MillisecondsUpTo(int max) => TimeSpan.FromMilliseconds(1 + (int)(Next() % (uint)max));

    public uint Next() => Draw.Block(seed, DrawPurpose.Faults, Purpose, 0, 0, Interlocked.Increment(ref _index)).A;
}
