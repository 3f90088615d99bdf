using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// What something consists of, once for both directions: it gives each field to <see cref="Fields"/> and makes the
/// whole of what comes back. Where it is to be read there is nothing yet, and its fields are null.
/// </summary>
internal delegate T Description<T>(ref Fields fields, T? whole);

/// <summary>
/// The fields of a message in MessagePack, one behind another. Each method writes what it is given and returns it, or
/// returns what it reads in its place. What is read is bounded by the bytes that came.
/// </summary>
internal ref struct Fields
{
    private readonly bool _isReading;
    private MessagePackWriter _writer;
    private MessagePackReader _reader;

    private Fields(IBufferWriter<byte> to) => _writer = new MessagePackWriter(to);

    private Fields(ReadOnlyMemory<byte> from)
    {
        _isReading = true;
        _reader = new MessagePackReader(from);
    }

    /// <param name="bytesHint">About how many bytes it takes.</param>
    public static byte[] Write<T>(T whole, Description<T> description, int bytesHint = 256)
    {
        var buffer = new ArrayBufferWriter<byte>(bytesHint);
        var fields = new Fields(buffer);
        description(ref fields, whole);
        fields._writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <remarks>
    /// Throws MessagePackSerializationException if the bytes are something else or more, EndOfStreamException if they
    /// are cut short.
    /// </remarks>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, Description<T> description)
    {
        var fields = new Fields(bytes);
        var whole = description(ref fields, default);
        return fields._reader.End ? whole : throw Misfit("bytes behind the last field");
    }

    public bool Of(bool? value)
    {
        if (_isReading) return _reader.ReadBoolean();
        _writer.Write(value!.Value);
        return value.Value;
    }

    public int Of(int? value)
    {
        if (_isReading) return _reader.ReadInt32();
        _writer.Write(value!.Value);
        return value.Value;
    }

    public long Of(long? value)
    {
        if (_isReading) return _reader.ReadInt64();
        _writer.Write(value!.Value);
        return value.Value;
    }

    public ulong Of(ulong? value)
    {
        if (_isReading) return _reader.ReadUInt64();
        _writer.Write(value!.Value);
        return value.Value;
    }

    public double Of(double? value)
    {
        if (_isReading) return _reader.ReadDouble();
        _writer.Write(value!.Value);
        return value.Value;
    }

    public TimeSpan Of(TimeSpan? value) => TimeSpan.FromTicks(Of(value?.Ticks));

    public string Of(string? value) => Optional(value) ?? throw Misfit("no text where there must be one");

    public byte[] Of(byte[]? value)
    {
        if (_isReading) return _reader.ReadBytes() is { } bytes ? bytes.ToArray() : [];
        _writer.Write(value);
        return value!;
    }

    public ImmutableArray<int> Of(ImmutableArray<int>? values) =>
        List(values, (ref fields, value) => fields.Of(value));

    public ImmutableArray<long> Of(ImmutableArray<long>? values) =>
        List(values, (ref fields, value) => fields.Of(value));

    public ImmutableArray<double> Of(ImmutableArray<double>? values) =>
        List(values, (ref fields, value) => fields.Of(value));

    public ImmutableArray<string> Of(ImmutableArray<string>? values) =>
        List(values, (ref fields, value) => fields.Of(value));

    public ImmutableSortedDictionary<string, double> Of(ImmutableSortedDictionary<string, double>? values) =>
        Map(values, StringComparer.Ordinal, (ref fields, name) => fields.Of(name), (ref fields, x) => fields.Of(x));

    public ImmutableSortedDictionary<long, long> Of(ImmutableSortedDictionary<long, long>? values) =>
        Map(values, null, (ref fields, key) => fields.Of(key), (ref fields, count) => fields.Of(count));

    /// <summary>One of the values that its type names.</summary>
    public T Choice<T>(T? value) where T : struct, Enum
    {
        int? given = value is { } known ? Convert.ToInt32(known) : null;
        int number = Of(given);
        var choice = (T)Enum.ToObject(typeof(T), number);
        return Enum.IsDefined(choice) ? choice : throw Misfit($"{typeof(T).Name} {number}");
    }

    public string? Optional(string? value)
    {
        if (_isReading) return _reader.ReadString();
        _writer.Write(value);
        return value;
    }

    public int? Optional(int? value) => IsThere(value is not null) ? Of(value) : null;

    public long? Optional(long? value) => IsThere(value is not null) ? Of(value) : null;

    /// <summary>A part that need not be there, and whose first field always is.</summary>
    public T? Optional<T>(T? part, Description<T> description) where T : class =>
        IsThere(part is not null) ? description(ref this, part) : null;

    /// <summary>The last field of all, which older bytes may not have.</summary>
    public double? Last(double? value)
    {
        bool isThere = _isReading ? !_reader.End : value is not null;
        return isThere ? Of(value) : null;
    }

    /// <summary>How many fields follow, where bytes of other versions are read as well.</summary>
    public void Count(int count)
    {
        if (!_isReading) _writer.WriteArrayHeader(count);
        else if (_reader.ReadArrayHeader() is var there && there != count) throw Misfit($"{there} fields for {count}");
    }

    public ImmutableArray<T> List<T>(ImmutableArray<T>? items, Description<T> description)
    {
        if (_isReading)
        {
            int count = _reader.ReadArrayHeader();
            var read = ImmutableArray.CreateBuilder<T>();
            for (int i = 0; i < count; i++) read.Add(description(ref this, default));
            return read.ToImmutable();
        }
        _writer.WriteArrayHeader(items!.Value.Length);
        foreach (var item in items.Value) description(ref this, item);
        return items.Value;
    }

    /// <summary>Numbers as they are in memory, little-endian.</summary>
    /// <param name="length">How many there must be; null for any number.</param>
    public T[] Raw<T>(T[]? values, int? length = null) where T : unmanaged =>
        OptionalRaw(values, length) ?? throw Misfit("no numbers where there must be some");

    public ImmutableArray<T> Raw<T>(ImmutableArray<T>? values) where T : unmanaged => ImmutableCollectionsMarshal
        .AsImmutableArray(Raw(values is { } some ? ImmutableCollectionsMarshal.AsArray(some) : null));

    /// <inheritdoc cref="Raw{T}(T[], int?)"/>
    public T[]? OptionalRaw<T>(T[]? values, int? length) where T : unmanaged
    {
        if (!_isReading)
        {
            if (values is null) _writer.WriteNil();
            else _writer.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
        if (_reader.ReadBytes() is not { } bytes) return null;
        int size = Marshal.SizeOf<T>();
        if (bytes.Length % size != 0 || length is { } due && bytes.Length != (long)due * size)
        {
            throw Misfit($"{bytes.Length} bytes where {length} numbers are due");
        }
        var read = new T[bytes.Length / size];
        bytes.CopyTo(MemoryMarshal.AsBytes(read.AsSpan()));
        return read;
    }

    public static MessagePackSerializationException Misfit(string what) =>
        new($"it has {what}, which this run has not");

    private bool IsThere(bool isToBeWritten)
    {
        if (_isReading) return !_reader.TryReadNil();
        if (!isToBeWritten) _writer.WriteNil();
        return isToBeWritten;
    }

    private ImmutableSortedDictionary<TKey, TValue> Map<TKey, TValue>(
        ImmutableSortedDictionary<TKey, TValue>? map, IComparer<TKey>? order, Description<TKey> key,
        Description<TValue> value) where TKey : notnull
    {
        if (_isReading)
        {
            int count = _reader.ReadMapHeader();
            var read = ImmutableSortedDictionary.CreateBuilder<TKey, TValue>(order);
            for (int i = 0; i < count; i++)
            {
                var name = key(ref this, default);
                read[name] = value(ref this, default);
            }
            return read.ToImmutable();
        }
        _writer.WriteMapHeader(map!.Count);
        foreach (var pair in map)
        {
            key(ref this, pair.Key);
            value(ref this, pair.Value);
        }
        return map;
    }
}
