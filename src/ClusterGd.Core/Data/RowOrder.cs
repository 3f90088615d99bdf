using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Data;

/// <summary>
/// The order in which a shard's rows are visited in one epoch: a keyed permutation of 0 … count-1 that can be
/// evaluated at any position, so resuming in mid-epoch needs no replay.
/// </summary>
/// <remarks>
/// Six alternating Feistel rounds over the next power of two, walking cycles until the value falls inside: at most
/// two evaluations on average. Never over less than 64: with one or two bits a half, six rounds favour some orders.
/// </remarks>
public readonly struct RowOrder
{
    private readonly uint _count;
    private readonly int _rightBits;
    private readonly uint _leftMask, _rightMask;
    private readonly Keys _keys;

    public RowOrder(ulong seed, int epoch, int shard, int count)
    {
        _count = (uint)count;
        int bits = Math.Max(6, 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(count - 1, 1)));
        _rightBits = bits - bits / 2;
        _leftMask = (1u << (bits / 2)) - 1;
        _rightMask = (1u << _rightBits) - 1;
        var x = Draw.Block(seed, DrawPurpose.RowOrder, 0, epoch, shard, 0);
        var y = Draw.Block(seed, DrawPurpose.RowOrder, 0, epoch, shard, 1);
        _keys = new Keys(x.A, x.B, x.C, x.D, y.A, y.B);
    }

    /// <summary>The row, counted from the shard's first, at a position; both in 0 … count-1.</summary>
    public int this[int position]
    {
        get
        {
            uint x = (uint)position;
            do x = Permute(x);
            while (x >= _count);
            return (int)x;
        }
    }

    /// <summary>Writes the rows at positions first, first+1, …, each plus <paramref name="offset"/>.</summary>
    public void Fill(int first, int offset, Span<int> rows)
    {
        // One evaluation each without a branch to guess, so that they overlap; then those that must walk on.
        for (int i = 0; i < rows.Length; i++) rows[i] = (int)Permute((uint)(first + i));
        for (int i = 0; i < rows.Length; i++)
        {
            uint x = (uint)rows[i];
            while (x >= _count) x = Permute(x);
            rows[i] = (int)x + offset;
        }
    }

    private uint Permute(uint x)
    {
        uint left = x >> _rightBits, right = x & _rightMask;
        left ^= Mix(right, _keys.A) & _leftMask;
        right ^= Mix(left, _keys.B) & _rightMask;
        left ^= Mix(right, _keys.C) & _leftMask;
        right ^= Mix(left, _keys.D) & _rightMask;
        left ^= Mix(right, _keys.E) & _leftMask;
        right ^= Mix(left, _keys.F) & _rightMask;
        return (left << _rightBits) | right;
    }

    private static uint Mix(uint value, uint key)
    {
        ulong product = (value ^ key) * 0x9E3779B97F4A7C15UL;
        return (uint)(product >> 32) ^ (uint)(product >> 47);
    }

    private readonly record struct Keys(uint A, uint B, uint C, uint D, uint E, uint F);
}
