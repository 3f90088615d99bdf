namespace ClusterGd.Core.Faults;

/// <summary>By which of a node's two ports a message goes.</summary>
public enum LinkPlane
{
    /// <summary>Small messages: directives, statuses, requests.</summary>
    Control,

    /// <summary>Gradients, parameters and states.</summary>
    Tensors,
}

/// <summary>What a fault of links looks at in a message.</summary>
/// <param name="Bytes">On the wire, about.</param>
public readonly record struct Traffic(LinkPlane Plane, int Bytes)
{
    /// <summary>A control message of usual length.</summary>
    public static readonly Traffic Control = new(LinkPlane.Control, 256);

    /// <summary>A tensor frame.</summary>
    /// <param name="bytes">Of its numbers.</param>
    public static Traffic Tensor(int bytes) => new(LinkPlane.Tensors, 64 + bytes);
}
