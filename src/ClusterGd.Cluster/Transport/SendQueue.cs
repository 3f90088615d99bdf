using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>A frame that waits to be written, with one share of its values.</summary>
internal struct OutgoingFrame
{
    /// <summary>What a frame counts for in a queue beside its payload.</summary>
    public const int OverheadBytes = 256;

    public FrameHeader Header;
    public PooledFloats? Values;
    public int Offset, Length;
    public ReadOnlyMemory<byte> Bytes;

    /// <summary>Position among all frames of a queue.</summary>
    public long Sequence;

    /// <summary>By which a bit of it is chosen that changes on the way, on purpose; 0 for none.</summary>
    public uint Spoiler;

    /// <summary>What it holds in memory, about: floats count in full, however they are written.</summary>
    public readonly long Cost => OverheadBytes + PayloadBytes;

    public readonly long PayloadBytes => Values is null ? Bytes.Length : (long)Length * sizeof(float);

    public readonly void Write(FrameWriter writer)
    {
        if (Values is null) writer.Write(in Header, Bytes.Span);
        else writer.Write(in Header, Values.Span.Slice(Offset, Length));
    }

    public void Release()
    {
        Values?.Release();
        this = default;
    }
}

/// <summary>
/// Frames for one peer and stream, in order, at most so many bytes. When full, the oldest of the new one's kind makes
/// room, or else the oldest of any kind: the protocol asks again for what it lacks, and what is newer is of more use.
/// Adding never waits. Thread-safe; one taker.
/// </summary>
internal sealed class SendQueue(long bytesMax)
{
    private readonly object _lock = new();
    private readonly Ring?[] _rings = new Ring?[FrameKinds.Count];
    private long _sequence, _takenBytes;
    private int _count;
    private bool _isClosed;

    /// <summary>Bytes of all that waits or is being written.</summary>
    public long Bytes { get; private set; }

    public long DroppedCount { get; private set; }

    /// <summary>Takes over the frame's share of its values.</summary>
    public void Add(ref OutgoingFrame frame)
    {
        lock (_lock)
        {
            long cost = frame.Cost;
            if (_isClosed || !MakeRoom(cost, (int)frame.Header.Kind))
            {
                DroppedCount++;
                frame.Release();
                return;
            }
            frame.Sequence = _sequence++;
            (_rings[(int)frame.Header.Kind] ??= new Ring()).Enqueue(in frame);
            Bytes += cost;
            // Only one that waits at an empty queue needs waking.
            if (_count++ == 0) Monitor.Pulse(_lock);
        }
    }

    /// <summary>Waits until there is a frame; false where none came in time.</summary>
    public bool WaitForAny(TimeSpan timeout)
    {
        lock (_lock)
        {
            if (_count == 0 && !_isClosed) Monitor.Wait(_lock, timeout);
            return _count > 0;
        }
    }

    /// <summary>
    /// Moves the oldest frames into the batch until it is full or has <paramref name="bytes"/>; 0 where none came in
    /// time. What was taken counts as waiting until <see cref="Written"/>.
    /// </summary>
    public int Take(Span<OutgoingFrame> batch, long bytes, TimeSpan timeout)
    {
        lock (_lock)
        {
            if (!WaitForAny(timeout)) return 0;
            int taken = 0;
            for (; taken < batch.Length && _count > 0 && (taken == 0 || _takenBytes < bytes); taken++)
            {
                Dequeue(OldestKind(), out batch[taken]);
                _takenBytes += batch[taken].Cost;
            }
            return taken;
        }
    }

    /// <summary>What was taken is written or lost, and released.</summary>
    public void Written()
    {
        lock (_lock)
        {
            Bytes -= _takenBytes;
            _takenBytes = 0;
        }
    }

    /// <summary>Releases all that waits; what is added from now on is dropped.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            DroppedCount += _count;
            while (_count > 0) Drop(OldestKind());
            Monitor.PulseAll(_lock);
        }
    }

    private bool MakeRoom(long cost, int kind)
    {
        if (cost > bytesMax - _takenBytes) return false;
        while (Bytes + cost > bytesMax)
        {
            Drop(_rings[kind] is { Count: > 0 } ? kind : OldestKind());
            DroppedCount++;
        }
        return true;
    }

    private void Drop(int kind)
    {
        Dequeue(kind, out var frame);
        Bytes -= frame.Cost;
        frame.Release();
    }

    private void Dequeue(int kind, out OutgoingFrame frame)
    {
        _rings[kind]!.Dequeue(out frame);
        _count--;
    }

    private int OldestKind()
    {
        int oldest = 0;
        long sequence = long.MaxValue;
        for (int kind = 0; kind < _rings.Length; kind++)
        {
            if (_rings[kind] is not { Count: > 0 } ring || ring.First.Sequence >= sequence) continue;
            (oldest, sequence) = (kind, ring.First.Sequence);
        }
        return oldest;
    }

    /// <summary>A queue of large structs without copies on the way.</summary>
    private sealed class Ring
    {
        private OutgoingFrame[] _frames = new OutgoingFrame[16];
        private int _first;

        public int Count { get; private set; }

        public ref OutgoingFrame First => ref _frames[_first];

        public void Enqueue(in OutgoingFrame frame)
        {
            if (Count == _frames.Length) Grow();
            _frames[(_first + Count++) & (_frames.Length - 1)] = frame;
        }

        public void Dequeue(out OutgoingFrame frame)
        {
            frame = _frames[_first];
            _frames[_first] = default;
            _first = (_first + 1) & (_frames.Length - 1);
            Count--;
        }

        private void Grow()
        {
            var larger = new OutgoingFrame[_frames.Length * 2];
            for (int i = 0; i < Count; i++) larger[i] = _frames[(_first + i) & (_frames.Length - 1)];
            (_frames, _first) = (larger, 0);
        }
    }
}
