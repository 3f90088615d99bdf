using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// The first bytes of a connection, from the side that connects, and the answer to them. Both begin with a magic of 8
/// bytes, a u16 and the u16 length of what follows; that much stays as it is in every version.
/// </summary>
internal static class HelloFormat
{
    public const int PrefixSize = 12;

    /// <summary>The longest hello, its prefix included.</summary>
    public const int SizeMax = 2048;

    private const int TextBytesMax = 400;
    private const ushort Accepted = 1, Refused = 2;

    private static ReadOnlySpan<byte> HelloMagic => "CGDHELLO"u8;

    private static ReadOnlySpan<byte> AnswerMagic => "CGDREPLY"u8;

    /// <summary>Protocol version in the prefix; run u64, stream u8, four texts, XXH3-64 of all before it.</summary>
    public static byte[] Hello(Handshake handshake, TensorStream stream)
    {
        var body = new MemoryStream();
        Span<byte> number = stackalloc byte[9];
        BinaryPrimitives.WriteUInt64LittleEndian(number, handshake.RunId);
        number[8] = (byte)stream;
        body.Write(number);
        string[] texts = [handshake.NodeName, handshake.JobHash, handshake.DataHash, handshake.KernelVersion];
        foreach (string text in texts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            if (bytes.Length > TextBytesMax)
            {
                throw new ArgumentException(
                    $"'{text}' has {bytes.Length} bytes, a handshake's texts have {TextBytesMax} at most");
            }
            BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)bytes.Length);
            body.Write(number[..2]);
            body.Write(bytes);
        }
        byte[] hello = new byte[PrefixSize + body.Length + sizeof(ulong)];
        WritePrefix(hello, HelloMagic, (ushort)handshake.ProtocolVersion);
        body.ToArray().CopyTo(hello, PrefixSize);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(^8), XxHash3.HashToUInt64(hello.AsSpan(..^8)));
        return hello;
    }

    /// <summary>
    /// Bytes that a hello beginning like this has; a prefix while there are fewer. Throws FrameException.
    /// </summary>
    public static int HelloLength(ReadOnlySpan<byte> received) => Length(received, HelloMagic, "hello");

    /// <summary>Reads a whole hello. Throws <see cref="FrameException"/>.</summary>
    public static (Handshake Handshake, TensorStream Stream) ReadHello(ReadOnlySpan<byte> hello)
    {
        int version = BinaryPrimitives.ReadUInt16LittleEndian(hello[8..]);
        // What another version says after the prefix is its own business; only the refusal must be right.
        if (version != Handshake.CurrentProtocolVersion) return (new Handshake(0, "?", "", "", "", version), default);
        if (hello.Length < PrefixSize + sizeof(ulong))
        {
            throw new FrameException($"a hello has {hello.Length} bytes, it must have more");
        }
        ulong stated = BinaryPrimitives.ReadUInt64LittleEndian(hello[^8..]), actual = XxHash3.HashToUInt64(hello[..^8]);
        if (stated != actual) throw FrameException.Checksum("a hello", stated, actual);
        var rest = hello[PrefixSize..^8];
        if (rest.Length < 9) throw new FrameException("a hello ends before its texts");
        ulong run = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        byte stream = rest[8];
        if (stream >= FrameKinds.StreamCount)
        {
            throw new FrameException($"a hello names stream {stream}, there are {FrameKinds.StreamCount}");
        }
        rest = rest[9..];
        string node = Text(ref rest), job = Text(ref rest), data = Text(ref rest), kernels = Text(ref rest);
        return (new Handshake(run, node, job, data, kernels, version), (TensorStream)stream);
    }

    /// <param name="text">The node's name where accepted, else the reason.</param>
    public static byte[] Answer(bool isAccepted, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] answer = new byte[PrefixSize + Math.Min(bytes.Length, SizeMax - PrefixSize)];
        WritePrefix(answer, AnswerMagic, isAccepted ? Accepted : Refused);
        bytes.AsSpan(0, answer.Length - PrefixSize).CopyTo(answer.AsSpan(PrefixSize));
        return answer;
    }

    public static int AnswerLength(ReadOnlySpan<byte> received) => Length(received, AnswerMagic, "answer");

    public static (bool IsAccepted, string Text) ReadAnswer(ReadOnlySpan<byte> answer) =>
        (BinaryPrimitives.ReadUInt16LittleEndian(answer[8..]) == Accepted,
            Encoding.UTF8.GetString(answer[PrefixSize..]));

    private static int Length(ReadOnlySpan<byte> received, ReadOnlySpan<byte> magic, string what)
    {
        int known = Math.Min(received.Length, magic.Length);
        if (!received[..known].SequenceEqual(magic[..known])) throw new FrameException($"no {what} of the data plane");
        if (received.Length < PrefixSize) return PrefixSize;
        int length = PrefixSize + BinaryPrimitives.ReadUInt16LittleEndian(received[10..]);
        return length <= SizeMax
            ? length : throw new FrameException($"a {what} states {length} bytes, {SizeMax} are allowed");
    }

    private static void WritePrefix(Span<byte> bytes, ReadOnlySpan<byte> magic, ushort number)
    {
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], number);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], (ushort)(bytes.Length - PrefixSize));
    }

    private static string Text(ref ReadOnlySpan<byte> rest)
    {
        int length = rest.Length < 2 ? -1 : BinaryPrimitives.ReadUInt16LittleEndian(rest);
        if (length < 0 || length > TextBytesMax || 2 + length > rest.Length)
        {
            throw new FrameException("a hello's texts do not fit it");
        }
        string text = Encoding.UTF8.GetString(rest.Slice(2, length));
        rest = rest[(2 + length)..];
        return text;
    }
}
