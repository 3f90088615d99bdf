using System.Collections.Immutable;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>One row of the wire table: a message, its name with a version, and its fields.</summary>
public sealed class WireType
{
    private readonly WriteMessage _write;
    private readonly ReadMessage _read;
    private readonly int _fieldCount;

    public delegate void WriteMessage(ref MessagePackWriter writer, object message);

    public delegate object ReadMessage(ref MessagePackReader reader);

    private WireType(string manifest, Type type, int fieldCount, WriteMessage write, ReadMessage read)
    {
        Manifest = manifest;
        Type = type;
        _fieldCount = fieldCount;
        _write = write;
        _read = read;
    }

    public string Manifest { get; }

    public Type Type { get; }

    public static WireType Of<T>(string manifest, int fieldCount, WriteMessage write, ReadMessage read) =>
        new(manifest, typeof(T), fieldCount, write, read);

    public void Write(ref MessagePackWriter writer, object message)
    {
        writer.WriteArrayHeader(_fieldCount);
        _write(ref writer, message);
    }

    /// <summary>Reads the fields known here and skips those a later version has added.</summary>
    public object Read(ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        if (count < _fieldCount)
        {
            throw new MessagePackSerializationException($"'{Manifest}' has {count} fields, expected {_fieldCount}.");
        }
        object message = _read(ref reader);
        for (int i = _fieldCount; i < count; i++) reader.Skip();
        return message;
    }
}

/// <summary>Reading and writing of the field types that the messages share.</summary>
internal static class WireFields
{
    public static void WriteInts(this ref MessagePackWriter writer, ImmutableArray<int> values)
    {
        writer.WriteArrayHeader(values.Length);
        foreach (int value in values) writer.Write(value);
    }

    public static ImmutableArray<int> ReadInts(this ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        var values = ImmutableArray.CreateBuilder<int>();
        for (int i = 0; i < count; i++) values.Add(reader.ReadInt32());
        return values.ToImmutable();
    }

    public static void WriteLongs(this ref MessagePackWriter writer, ImmutableArray<long> values)
    {
        writer.WriteArrayHeader(values.Length);
        foreach (long value in values) writer.Write(value);
    }

    public static ImmutableArray<long> ReadLongs(this ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        var values = ImmutableArray.CreateBuilder<long>();
        for (int i = 0; i < count; i++) values.Add(reader.ReadInt64());
        return values.ToImmutable();
    }

    public static void WriteDoubles(this ref MessagePackWriter writer, ImmutableArray<double> values)
    {
        writer.WriteArrayHeader(values.Length);
        foreach (double value in values) writer.Write(value);
    }

    public static ImmutableArray<double> ReadDoubles(this ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        var values = ImmutableArray.CreateBuilder<double>();
        for (int i = 0; i < count; i++) values.Add(reader.ReadDouble());
        return values.ToImmutable();
    }

    public static void WriteStrings(this ref MessagePackWriter writer, ImmutableArray<string> values)
    {
        writer.WriteArrayHeader(values.Length);
        foreach (string value in values) writer.Write(value);
    }

    public static ImmutableArray<string> ReadStrings(this ref MessagePackReader reader)
    {
        int count = reader.ReadArrayHeader();
        var values = ImmutableArray.CreateBuilder<string>();
        for (int i = 0; i < count; i++) values.Add(reader.ReadString() ?? "");
        return values.ToImmutable();
    }

    public static void WriteNumbers(this ref MessagePackWriter writer, ImmutableSortedDictionary<string, double> values)
    {
        writer.WriteMapHeader(values.Count);
        foreach (var (name, value) in values)
        {
            writer.Write(name);
            writer.Write(value);
        }
    }

    public static ImmutableSortedDictionary<string, double> ReadNumbers(this ref MessagePackReader reader)
    {
        int count = reader.ReadMapHeader();
        var values = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++) values[reader.ReadString() ?? ""] = reader.ReadDouble();
        return values.ToImmutable();
    }
}
