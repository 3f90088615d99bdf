using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Randomness;

public static partial class Philox
{
    /// <summary>Blocks that <see cref="Blocks"/> computes at once.</summary>
    public const int BlocksPerCall = 8;

    /// <summary>
    /// <see cref="Block"/> for the counters (c0, c1, c2, c3), (c0, c1, c2, c3 + 1), … at once, one in each 64-bit lane;
    /// c3 goes on with 0 after 2³² − 1.
    /// </summary>
    /// <param name="words">
    /// 2·<see cref="BlocksPerCall"/>: block after block, A in the lower and B in the upper half of its first, C and D
    /// of its second.
    /// </param>
    public static void Blocks(ulong key, uint c0, uint c1, uint c2, uint c3, Span<ulong> words)
    {
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        var lower = Vector512.Create((ulong)uint.MaxValue);
        var multiplierA = Vector512.Create((ulong)MultiplierA);
        var multiplierB = Vector512.Create((ulong)MultiplierB);
        var v0 = Vector512.Create((ulong)c0);
        var v1 = Vector512.Create((ulong)c1);
        var v2 = Vector512.Create((ulong)c2);
        var v3 = (Vector512.Create((ulong)c3) + Vector512<ulong>.Indices) & lower;
        for (int round = 0; round < Rounds; round++)
        {
            var a = multiplierA * v0;
            var b = multiplierB * v2;
            v0 = Vector512.ShiftRightLogical(b, 32) ^ v1 ^ Vector512.Create((ulong)k0);
            v1 = b & lower;
            v2 = Vector512.ShiftRightLogical(a, 32) ^ v3 ^ Vector512.Create((ulong)k1);
            v3 = a & lower;
            k0 += WeylA;
            k1 += WeylB;
        }
        var ab = v0 | Vector512.ShiftLeft(v1, 32);
        var cd = v2 | Vector512.ShiftLeft(v3, 32);
        for (int i = 0; i < BlocksPerCall; i++)
        {
            words[2 * i] = ab[i];
            words[2 * i + 1] = cd[i];
        }
    }
}
