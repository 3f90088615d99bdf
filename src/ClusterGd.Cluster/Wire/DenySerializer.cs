using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ClusterGd.Cluster.Wire;

/// <summary>
/// Stands in for Akka's JSON fallback, which would let anyone who reaches the port name types to be made: a message
/// without a serializer of its own is refused.
/// </summary>
public sealed class DenySerializer : Serializer
{
    public const string TypeName = "ClusterGd.Cluster.Wire.DenySerializer, ClusterGd.Cluster";

    public DenySerializer(ExtendedActorSystem system) : base(system) { }

    // Akka looks for this constructor by reflection.
    public DenySerializer(ExtendedActorSystem system, Config _) : base(system) { }

    public override int Identifier => 1;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) =>
        throw new SerializationException(
            $"{obj.GetType()} has no row in the wire table and may not leave the process.");

    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException($"{type} has no row in the wire table and is refused.");
}
