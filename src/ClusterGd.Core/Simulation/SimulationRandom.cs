using ClusterGd.Core.Faults;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Simulation;

/// <summary>
/// The random choices of one simulated schedule, in the order they are asked for: a function of the seed.
/// </summary>
internal sealed class SimulationRandom(ulong seed) : IFaultDraws
{
    private (uint A, uint B, uint C, uint D) _block;
    private uint _index;

    public bool Chance(double probability) => Philox.Uniform(Next()) < probability;

    /// <summary>A whole number from 1 to max.</summary>
    public int UpTo(int max) => 1 + (int)(Next() % (uint)max);

    /// <summary>A time from 1 ms to so many.</summary>
    public TimeSpan MillisecondsUpTo(int max) => TimeSpan.FromMilliseconds(UpTo(max));

    public uint Next()
    {
        if (_index % 4 == 0) _block = Draw.Block(seed, DrawPurpose.Faults, 2, 0, 0, _index / 4);
        return (_index++ % 4) switch
        {
            0 => _block.A,
            1 => _block.B,
            2 => _block.C,
            _ => _block.D,
        };
    }
}
