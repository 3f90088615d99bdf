using Google.Protobuf;

namespace ClusterGd.Cluster.Faults;

/// <summary>Reads who calls out of the first unit of a connection of Akka's.</summary>
/// <remarks>Of Akka's WireFormats.proto: instruction = 2, in it handshakeInfo = 2, in it origin = 1, in it hostname = 2
/// and port = 3.</remarks>
internal static class HelloReader
{
    /// <summary>host:port; null where it does not say.</summary>
    public static string? Caller(ByteString unit)
    {
        try
        {
            var origin = Inner(Inner(Inner(unit, 2), 2), 1);
            if (origin is null) return null;
            var (host, port) = ("", 0u);
            var input = origin.CreateCodedInput();
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                if (tag == Tag(2, WireFormat.WireType.LengthDelimited)) host = input.ReadString();
                else if (tag == Tag(3, WireFormat.WireType.Varint)) port = input.ReadUInt32();
                else input.SkipLastField();
            }
            return host.Length > 0 ? $"{host}:{port}" : null;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static ByteString? Inner(ByteString? message, int field)
    {
        if (message is null) return null;
        var input = message.CreateCodedInput();
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == Tag(field, WireFormat.WireType.LengthDelimited)) return input.ReadBytes();
            input.SkipLastField();
        }
        return null;
    }

    private static uint Tag(int field, WireFormat.WireType type) => WireFormat.MakeTag(field, type);
}
