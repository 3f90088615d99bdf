using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using MessagePack;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// Control messages as MessagePack arrays, one manifest a message, by one table (<see cref="WireTable"/>). No
/// reflection and no generated code: what is read is bounded by what the table reads.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly Dictionary<Type, WireType> s_byType = WireTable.All.ToDictionary(t => t.Type);
    private static readonly Dictionary<string, WireType> s_byManifest = WireTable.All.ToDictionary(t => t.Manifest);

    public static IEnumerable<Type> Types => s_byType.Keys;

    public override int Identifier => 7381;

    public override string Manifest(object o) => Row(o).Manifest;

    public override byte[] ToBinary(object obj)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(256);
        var writer = new MessagePackWriter(buffer);
        Row(obj).Write(ref writer, obj);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!s_byManifest.TryGetValue(manifest, out var row))
        {
            throw new SerializationException(
                $"The message '{manifest}' is unknown here; known are {string.Join(", ", s_byManifest.Keys)}. "
                + "Do all nodes run the same version?");
        }
        var reader = new MessagePackReader(bytes);
        return row.Read(ref reader);
    }

    private static WireType Row(object message) => s_byType.TryGetValue(message.GetType(), out var row)
        ? row : throw new SerializationException($"{message.GetType()} has no row in the wire table.");
}
