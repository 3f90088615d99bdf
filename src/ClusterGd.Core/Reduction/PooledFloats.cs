using ClusterGd.Core.Data;

namespace ClusterGd.Core.Reduction;

/// <summary>
/// A float buffer of a pool with a count of its owners: each owner releases it once, the last one returns it to the
/// pool. Thread-safe. What it holds is the business of the message that carries it.
/// </summary>
public sealed class PooledFloats
{
    private readonly FloatPool _pool;
    private readonly AlignedFloats _floats;
    private int _owners;

    internal PooledFloats(FloatPool pool, int length)
    {
        _pool = pool;
        _floats = new AlignedFloats(length);
    }

    public int Length => _floats.Length;

    public Span<float> Span => _floats.Span;

    /// <summary>Adds owners; the caller must be one.</summary>
    public PooledFloats Retain(int owners = 1)
    {
        bool hadOwner = Interlocked.Add(ref _owners, owners) > owners;
        return hadOwner ? this : throw new InvalidOperationException("the buffer has no owner");
    }

    /// <summary>Gives up one owner's share.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _owners);
        if (left < 0) throw new InvalidOperationException("the buffer was released more often than it was retained");
        if (left == 0) _pool.Return(this);
    }

    internal PooledFloats Claim()
    {
        _owners = 1;
        return this;
    }
}

/// <summary>
/// Buffers of one length, reused: the one given back last is the first to go out, since it is still in the cache. Grows
/// to the most that were ever out at once and allocates no more. Thread-safe.
/// </summary>
public sealed class FloatPool(int length)
{
    private readonly Lock _lock = new();
    private PooledFloats[] _free = new PooledFloats[8];
    private int _freeCount, _createdCount;

    /// <summary>Buffers ever made: flat in a steady state.</summary>
    public int CreatedCount => Volatile.Read(ref _createdCount);

    /// <summary>Whether <see cref="Rent"/> would find a buffer, unless another takes it first.</summary>
    public bool HasFree => Volatile.Read(ref _freeCount) > 0;

    /// <summary>A buffer with one owner and undefined contents.</summary>
    public PooledFloats Rent()
    {
        lock (_lock)
        {
            if (_freeCount > 0) return _free[--_freeCount].Claim();
            _createdCount++;
        }
        return new PooledFloats(this, length).Claim();
    }

    internal void Return(PooledFloats buffer)
    {
        lock (_lock)
        {
            if (_freeCount == _free.Length) Array.Resize(ref _free, _freeCount * 2);
            _free[_freeCount++] = buffer;
        }
    }
}
