namespace ClusterGd.Core.Randomness;

/// <summary>What a random number is for: part of every counter, so that no two uses share a number.</summary>
public enum DrawPurpose : uint
{
    RowOrder = 1,
    ParameterInit = 2,
    Dropout = 3,
    CentroidInit = 4,
    Synthetic = 5,
    Faults = 6,
    WorkTimes = 7,
}

/// <summary>Names the random numbers of one (step, shard): nothing else may enter a gradient.</summary>
public readonly record struct DrawKey(ulong Seed, long Step, int Shard);

/// <summary>Random words by name: a function of (seed, purpose, epoch or step, shard, index).</summary>
public static class Draw
{
    /// <param name="detail">A second index of the purpose, such as the layer; 0 … 65,535.</param>
    public static (uint A, uint B, uint C, uint D) Block(
        ulong seed, DrawPurpose purpose, int detail, long step, int shard, uint index) =>
        Philox.Block(Key(seed, step), Name(purpose, detail), (uint)step, (uint)shard, index);

    /// <summary>The blocks from an index on, as many and laid out as by <see cref="Philox.Blocks"/>.</summary>
    public static void Blocks(
        ulong seed, DrawPurpose purpose, int detail, long step, int shard, uint first, Span<ulong> words) =>
        Philox.Blocks(Key(seed, step), Name(purpose, detail), (uint)step, (uint)shard, first, words);

    // The step's upper half joins the key: the counter has room for 2³² steps, the key for the rest.
    private static ulong Key(ulong seed, long step) => seed ^ ((ulong)(step >> 32) * 0x9E3779B97F4A7C15);

    private static uint Name(DrawPurpose purpose, int detail) => ((uint)purpose << 16) | (uint)detail;
}
