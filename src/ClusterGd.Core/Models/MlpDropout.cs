using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// Inverted dropout (Srivastava et al., JMLR 2014): a unit is 0 with probability p, else scaled by 1/(1 − p). Whether
/// it is dropped is a function of (seed, step, shard, layer, position in the micro-batch, unit).
/// </summary>
/// <remarks>
/// Unit u of a position takes 16 of the 128 bits of one Philox block: p is therefore rounded to a multiple of 2⁻¹⁶,
/// and the scale is that of the rounded p, so the expectation is exact. Block position × ⌈width/8⌉ + ⌊u/8⌋, word
/// ⌊u/2⌋ mod 4, lower half for even u.
/// </remarks>
internal sealed class MlpDropout
{
    private const int UnitsPerBlock = 8, Pieces = 1 << 16;
    private readonly uint _threshold;
    private readonly float _scale;

    public MlpDropout(double probability)
    {
        _threshold = (uint)Math.Clamp(Math.Round(probability * Pieces), 0, Pieces - 1);
        _scale = (float)(1.0 / (1.0 - (double)_threshold / Pieces));
    }

    public bool IsActive => _threshold > 0;

    /// <summary>What unit <paramref name="unit"/> is multiplied by; the plain form of <see cref="Fill"/>.</summary>
    public float Factor(in DrawKey key, int layer, int position, int width, int unit)
    {
        uint block = (uint)(position * BlocksPerRow(width) + unit / UnitsPerBlock);
        var (a, b, c, d) = Draw.Block(key.Seed, DrawPurpose.Dropout, layer, key.Step, key.Shard, block);
        uint word = (unit / 2 % 4) switch { 0 => a, 1 => b, 2 => c, _ => d };
        return (unit % 2 == 0 ? word & 0xFFFF : word >> 16) < _threshold ? 0 : _scale;
    }

    /// <summary>Writes the factors of one row of a layer.</summary>
    /// <param name="factors">A multiple of 16 floats, at least <paramref name="width"/>.</param>
    public void Fill(in DrawKey key, int layer, int position, int width, Span<float> factors)
    {
        int blocks = BlocksPerRow(width), first = position * blocks;
        const int unitsPerCall = Philox.BlocksPerCall * UnitsPerBlock;
        Span<ulong> words = stackalloc ulong[2 * Philox.BlocksPerCall];
        for (int i = 0, start = 0; i < blocks; i += Philox.BlocksPerCall, start += unitsPerCall)
        {
            // Eight blocks at once: one by one, they would take a tenth of the time of the matrix products.
            Draw.Blocks(key.Seed, DrawPurpose.Dropout, layer, key.Step, key.Shard, (uint)(first + i), words);
            int count = Math.Min(unitsPerCall, factors.Length - start);
            Compare(MemoryMarshal.Cast<ulong, ushort>(words), factors.Slice(start, count));
        }
    }

    /// <summary>y ← factors·x; a multiple of 16 floats, y may be x.</summary>
    public static void Apply(ReadOnlySpan<float> factors, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i += VectorKernels.Lanes)
        {
            (Vector512.Create(factors[i..]) * Vector512.Create(x[i..])).CopyTo(y[i..]);
        }
    }

    private static int BlocksPerRow(int width) => (width + UnitsPerBlock - 1) / UnitsPerBlock;

    private void Compare(ReadOnlySpan<ushort> pieces, Span<float> factors)
    {
        var threshold = Vector512.Create(_threshold);
        var scale = Vector512.Create(_scale);
        for (int u = 0; u < factors.Length; u += VectorKernels.Lanes)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(pieces.Slice(u, VectorKernels.Lanes)));
            var isDropped = Vector512.LessThan(Vector512.Create(low, high), threshold).AsSingle();
            Vector512.ConditionalSelect(isDropped, Vector512<float>.Zero, scale).CopyTo(factors[u..]);
        }
    }
}
