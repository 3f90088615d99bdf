namespace ClusterGd.Cluster.Wire;

/// <summary>
/// A control message: its type, its name, and a version that rises whenever its fields change. Bytes of another version
/// are refused.
/// </summary>
public abstract class WireMessage
{
    private WireMessage(Type type, string name, int version) => (Type, Name, Version) = (type, name, version);

    public Type Type { get; }

    public string Name { get; }

    public int Version { get; }

    /// <summary>Name and version, as they travel.</summary>
    public string Manifest => $"{Name}/{Version}";

    public abstract byte[] Write(object message);

    /// <inheritdoc cref="Fields.Read{T}"/>
    public abstract object Read(ReadOnlyMemory<byte> bytes);

    internal static WireMessage Of<T>(string name, int version, Description<T> description) where T : class =>
        new Described<T>(name, version, description);

    private sealed class Described<T>(string name, int version, Description<T> description)
        : WireMessage(typeof(T), name, version) where T : class
    {
        public override byte[] Write(object message) => Fields.Write((T)message, description);

        public override object Read(ReadOnlyMemory<byte> bytes) => Fields.Read(bytes, description);
    }
}
