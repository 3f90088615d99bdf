using System.Globalization;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Benchmarks;

/// <summary>
/// One process of the exchange: sends its gradient to the slices' owners, reduces, updates and publishes those it owns,
/// and takes in the others. Every gradient is one subtree's sum; slices are owned in turn. Started by
/// <see cref="ExchangeGroup"/>, talks over standard input and output.
/// </summary>
internal sealed class ExchangeNode : ITensorReceiver, IDisposable
{
    /// <summary>Of the program: what starts one of these in place of benchmarks.</summary>
    public const string Argument = "exchange-node";

    private readonly int _rank, _count, _sliceFloats;
    private readonly ElementType _element;
    private readonly AlignedFloats _parameters, _velocity;
    private readonly PooledFloats _gradient;
    private readonly PooledFloats?[] _parts;
    private readonly int[] _partCounts;
    private readonly FloatPool _pool;
    private readonly Momentum _momentum = new(0.9f, isSutskever: false, isNesterov: false);
    private readonly TensorListener _listener;
    private readonly TensorTransport _transport;
    private readonly SemaphoreSlim _stepDone = new(0);
    private string[] _endpoints = [];
    private int _openSlices;
    private long _step;

    private ExchangeNode(int rank, int count, int floats, int sliceFloats, ElementType element, bool isLocal)
    {
        (_rank, _count, _sliceFloats, _element) = (rank, count, sliceFloats, element);
        _parameters = new AlignedFloats(floats);
        _velocity = new AlignedFloats(floats);
        _parameters.Span.Fill(1);
        _velocity.Span.Fill(0);
        _gradient = new FloatPool(floats).Rent();
        _gradient.Span.Fill(0);
        int slices = (floats + sliceFloats - 1) / sliceFloats;
        _parts = new PooledFloats?[slices * count];
        _partCounts = new int[slices];
        _pool = new FloatPool(sliceFloats);
        var options = new TransportOptions { UsesLocalSockets = isLocal };
        _listener = TensorListener.Start("127.0.0.1", 0, options);
        _transport = new TensorTransport(_listener, new Handshake(1, $"{rank}", "job", "data", "1"), this, options);
    }

    private int SliceCount => _partCounts.Length;

    public static int Run(string[] arguments)
    {
        var numbers = arguments[1..5].Select(a => int.Parse(a, CultureInfo.InvariantCulture)).ToArray();
        using var node = new ExchangeNode(
            numbers[0], numbers[1], numbers[2], numbers[3], Enum.Parse<ElementType>(arguments[5]),
            bool.Parse(arguments[6]));
        Console.WriteLine($"127.0.0.1:{node._listener.Port}");
        node._endpoints = Console.ReadLine()!.Split(' ');
        while (Console.ReadLine() is { } line)
        {
            int repeats = int.Parse(line, CultureInfo.InvariantCulture);
            node.Step();
            double seconds = Measure.Once(() =>
            {
                for (int i = 0; i < repeats; i++) node.Step();
            });
            Console.WriteLine((seconds / repeats).ToString("R", CultureInfo.InvariantCulture));
        }
        return 0;
    }

    public long MaxBytes(in FrameHeader header) =>
        header.Slice < SliceCount ? LengthOf(header.Slice) * header.Element.Size() : -1;

    public void Receive(in FrameHeader header, string node, PooledFloats values)
    {
        if (header.Kind == FrameKind.GradientPart)
        {
            Offer(header.Slice, header.Subtree.Index, values);
            return;
        }
        values.Span.CopyTo(_parameters.Span.Slice(header.Slice * _sliceFloats, values.Length));
        values.Release();
        CloseSlice();
    }

    public void Receive(in FrameHeader header, ReadOnlySpan<byte> payload) { }

    public void PeerChanged(PeerEvent happened) { }

    public void Failed(Exception bug) { }

    public void Dispose()
    {
        _transport.Dispose();
        _listener.Dispose();
        _stepDone.Dispose();
    }

    private void Step()
    {
        _openSlices = SliceCount;
        _step++;
        _gradient.Retain(SliceCount);
        for (int slice = 0; slice < SliceCount; slice++)
        {
            int owner = slice % _count;
            if (owner == _rank)
            {
                _gradient.Release();
                Offer(slice, _rank, null);
                continue;
            }
            var header = new FrameHeader
            {
                Kind = FrameKind.GradientPart, Step = _step, Slice = slice, Subtree = Subtree.Leaf(_rank),
                Element = _element,
                Count = 32,
            };
            _transport.Send(_endpoints[owner], in header, _gradient, slice * _sliceFloats, LengthOf(slice));
        }
        _stepDone.Wait();
    }

    private int LengthOf(int slice) => Math.Min(_sliceFloats, _parameters.Length - slice * _sliceFloats);

    /// <summary>One process's part of a slice; null for this one's own, which lies in the gradient.</summary>
    private void Offer(int slice, int rank, PooledFloats? part)
    {
        _parts[slice * _count + rank] = part;
        if (Interlocked.Increment(ref _partCounts[slice]) < _count) return;
        _partCounts[slice] = 0;
        Update(slice);
    }

    private void Update(int slice)
    {
        int first = slice * _sliceFloats, length = LengthOf(slice);
        var parts = _parts.AsSpan(slice * _count, _count);
        for (int width = 1; width < _count; width *= 2)
        {
            for (int i = 0; i + width < _count; i += 2 * width)
            {
                parts[i] = Add(parts[i], parts[i + width], first, length);
            }
        }
        var update = new UpdateStep(_step, 0.01f, 1f / (_count * 32), float.PositiveInfinity, 0, 0);
        var parameters = _parameters.Span.Slice(first, length);
        _momentum.Apply(in update, parameters, _velocity.Span.Slice(first, length), [], parts[0]!.Span[..length]);
        parts[0]!.Release();
        var published = _pool.Rent();
        parameters.CopyTo(published.Span);
        HalfKernels.Round(published.Span[..length], _element);
        published.Retain(_count - 1);
        var header = new FrameHeader
        {
            Kind = FrameKind.SlicePublished, Step = _step, Slice = slice, Element = _element,
        };
        for (int rank = 0; rank < _count; rank++)
        {
            if (rank != _rank) _transport.Send(_endpoints[rank], in header, published, 0, length);
        }
        published.Release();
        CloseSlice();
    }

    /// <summary>left + right, in the buffer of whichever is not this process's own gradient.</summary>
    private PooledFloats Add(PooledFloats? left, PooledFloats? right, int first, int length)
    {
        var own = _gradient.Span.Slice(first, length);
        HalfKernels.Add(
            (left ?? right)!.Span[..length], left is null || right is null ? own : right.Span[..length], _element);
        if (left is not null) right?.Release();
        return (left ?? right)!;
    }

    private void CloseSlice()
    {
        if (Interlocked.Decrement(ref _openSlices) == 0) _stepDone.Release();
    }
}
