using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// Control messages in MessagePack, each by its row of <see cref="WireTable"/>. No reflection and no generated code:
/// what is read is bounded by what the table reads.
/// </summary>
public sealed class WireSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly Dictionary<Type, WireMessage> s_byType = WireTable.All.ToDictionary(row => row.Type);
    private static readonly Dictionary<string, WireMessage> s_byManifest =
        WireTable.All.ToDictionary(row => row.Manifest);

    public static IEnumerable<Type> Types => s_byType.Keys;

    public override int Identifier => 7381;

    public override string Manifest(object o) => Row(o).Manifest;

    public override byte[] ToBinary(object obj) => Row(obj).Write(obj);

    public override object FromBinary(byte[] bytes, string manifest) =>
        s_byManifest.TryGetValue(manifest, out var row) ? row.Read(bytes) : throw Unknown(manifest);

    private static SerializationException Unknown(string manifest)
    {
        string[] words = manifest.Split('/');
        var known = WireTable.All.FirstOrDefault(row => row.Name == words[0]);
        string what = known is null || words.Length != 2
            ? $"'{manifest}' is unknown here; known are {string.Join(", ", s_byManifest.Keys)}"
            : $"'{known.Name}' came in version {words[1]}, and this program reads version {known.Version}";
        return new SerializationException(
            $"The message {what}. All nodes and clients of a cluster need the same version of clustergd.");
    }

    private static WireMessage Row(object message) => s_byType.TryGetValue(message.GetType(), out var row)
        ? row : throw new SerializationException($"{message.GetType()} has no row in the wire table.");
}
