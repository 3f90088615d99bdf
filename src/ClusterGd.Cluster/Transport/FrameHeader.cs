using System.Buffers.Binary;
using System.IO.Hashing;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// The fixed start of every frame: 128 bytes, little-endian, closed by their XXH3-64. The payload follows, and after it
/// the payload's XXH3-64: behind it, so that neither side needs the whole payload before it can begin.
/// </summary>
/// <remarks>
/// <code>
///  0 u32 magic      4 u16 version    6 u16 kind      8 u64 run          16 i64 term      24 i64 step
/// 32 u8 pass       33 u8 element    34 u16 flags    36 i32 level        40 i32 index     44 i32 slice
/// 48 i64 payload bytes              56 i32 count    60 i32 leaf count   64 f64 loss sum  72 f64 noise sum
/// 80 f64 clip factor                88 u64 digest       96 i32 compute µs  100 i32 generation
/// 104 i64 version  112 i64 state since                 120 u64 checksum of bytes 0 … 119
/// </code>
/// </remarks>
public readonly record struct FrameHeader
{
    public const int Size = 128;

    /// <summary>Bytes of the checksum behind the payload.</summary>
    public const int TrailerSize = 8;

    /// <summary>The largest payload that can be stated; a receiver allows far less.</summary>
    public const long PayloadBytesMax = 0x7FFF_0000;

    private const uint Magic = 0x31464743; // "CGF1"
    private const ushort Format = 3;
    private const ushort
        FinalFlag = 1, EvaluationFlag = 2, BestFlag = 4, CountedFlag = 8, StateFlag = 16, AllFlags = 31;
    private const int LevelMax = 30, CheckedBytes = Size - sizeof(ulong);

    public required FrameKind Kind { get; init; }

    /// <summary>Set by the transport that sends.</summary>
    public ulong RunId { get; init; }

    /// <summary>Of the layout the sender goes by, or of a mode's server; 0 or more.</summary>
    public long Term { get; init; }

    /// <summary>0 or more.</summary>
    public long Step { get; init; }

    public Pass Pass { get; init; }

    /// <summary>As it is on the wire. Set by the transport to <see cref="ElementType.Byte"/> for bytes.</summary>
    public ElementType Element { get; init; }

    public bool IsFinal { get; init; }

    /// <summary>Of a <see cref="FrameKind.SliceUpdate"/>: the step before it was evaluated.</summary>
    public bool FollowsEvaluation { get; init; }

    /// <summary>Of a <see cref="FrameKind.SliceUpdate"/>: the parameters before it are the best.</summary>
    public bool FollowsBest { get; init; }

    /// <summary>Of a <see cref="FrameKind.BackupStep"/>: the backup knows that its host counts it.</summary>
    public bool IsCounted { get; init; }

    /// <summary>Of a <see cref="FrameKind.BackupStep"/>: only the whole state helps the backup.</summary>
    public bool WantsState { get; init; }

    public Subtree Subtree { get; init; }

    /// <summary>0 or more.</summary>
    public int Slice { get; init; }

    /// <summary>Set by the transport that sends.</summary>
    public long PayloadBytes { get; init; }

    /// <summary>Rows summed; 0 or more.</summary>
    public int Count { get; init; }

    /// <summary>Leaves with rows; 0 or more.</summary>
    public int LeafCount { get; init; }

    public double LossSum { get; init; }

    public double NoiseSum { get; init; }

    public double ClipFactor { get; init; }

    /// <summary>Names the rows summed: see <see cref="CountDigest"/>.</summary>
    public ulong Digest { get; init; }

    /// <summary>0 or more.</summary>
    public int ComputeMicros { get; init; }

    /// <summary>Of the layout; 0 or more.</summary>
    public int Generation { get; init; }

    /// <summary>Of a mode: of the parameters that a worker read; 0 or more.</summary>
    public long Version { get; init; }

    /// <summary>Of a mode: the round since which a worker has its own optimizer's state; 0 or more.</summary>
    public long StateSince { get; init; }

    /// <summary>Elements of the payload.</summary>
    public int Length => (int)(PayloadBytes / Element.Size());

    /// <summary>Writes the first <see cref="Size"/> bytes of a frame.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], Format);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], (ushort)Kind);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], RunId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Term);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Step);
        bytes[32] = (byte)Pass;
        bytes[33] = (byte)Element;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[34..], Flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[36..], Subtree.Level);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[40..], Subtree.Index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[44..], Slice);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], PayloadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[56..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[60..], LeafCount);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[64..], LossSum);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[72..], NoiseSum);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[80..], ClipFactor);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[88..], Digest);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[96..], ComputeMicros);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[100..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[104..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[112..], StateSince);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes[CheckedBytes..], XxHash3.HashToUInt64(bytes[..CheckedBytes]));
    }

    /// <summary>Reads <see cref="Size"/> bytes that may be anything; throws <see cref="FrameException"/>.</summary>
    internal static FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (magic != Magic) throw new FrameException($"a frame begins with {magic:x8}, it must with {Magic:x8}");
        ulong stated = BinaryPrimitives.ReadUInt64LittleEndian(bytes[CheckedBytes..]);
        ulong actual = XxHash3.HashToUInt64(bytes[..CheckedBytes]);
        if (stated != actual) throw FrameException.Checksum("a frame's header", stated, actual);
        ushort format = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (format != Format) throw Refused("version", format, $"{Format}");
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(bytes[34..]);
        if (flags > AllFlags) throw Refused("flags field", flags, $"0 to {AllFlags}");
        var header = new FrameHeader
        {
            Kind = (FrameKind)BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]),
            RunId = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            Term = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            Step = BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            Pass = (Pass)bytes[32],
            Element = (ElementType)bytes[33],
            IsFinal = (flags & FinalFlag) != 0,
            FollowsEvaluation = (flags & EvaluationFlag) != 0,
            FollowsBest = (flags & BestFlag) != 0,
            IsCounted = (flags & CountedFlag) != 0,
            WantsState = (flags & StateFlag) != 0,
            Subtree = new Subtree(
                BinaryPrimitives.ReadInt32LittleEndian(bytes[36..]),
                BinaryPrimitives.ReadInt32LittleEndian(bytes[40..])),
            Slice = BinaryPrimitives.ReadInt32LittleEndian(bytes[44..]),
            PayloadBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            Count = BinaryPrimitives.ReadInt32LittleEndian(bytes[56..]),
            LeafCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[60..]),
            LossSum = BinaryPrimitives.ReadDoubleLittleEndian(bytes[64..]),
            NoiseSum = BinaryPrimitives.ReadDoubleLittleEndian(bytes[72..]),
            ClipFactor = BinaryPrimitives.ReadDoubleLittleEndian(bytes[80..]),
            Digest = BinaryPrimitives.ReadUInt64LittleEndian(bytes[88..]),
            ComputeMicros = BinaryPrimitives.ReadInt32LittleEndian(bytes[96..]),
            Generation = BinaryPrimitives.ReadInt32LittleEndian(bytes[100..]),
            Version = BinaryPrimitives.ReadInt64LittleEndian(bytes[104..]),
            StateSince = BinaryPrimitives.ReadInt64LittleEndian(bytes[112..]),
        };
        header.RequireRanges();
        return header;
    }

    private ushort Flags => (ushort)(
        (IsFinal ? FinalFlag : 0) | (FollowsEvaluation ? EvaluationFlag : 0) | (FollowsBest ? BestFlag : 0) |
        (IsCounted ? CountedFlag : 0) | (WantsState ? StateFlag : 0));

    private void RequireRanges()
    {
        if (!FrameKinds.IsKnown(Kind)) throw Refused("kind", (int)Kind, $"1 to {FrameKinds.Count - 1}");
        if (Element > ElementType.Float16) throw Refused("element type", (int)Element, "0 to 3");
        if (Pass > Pass.Full) throw Refused("pass", (int)Pass, "0 or 1");
        if (Term < 0) throw Refused("term", Term, "0 or more");
        if (Step < 0) throw Refused("step", Step, "0 or more");
        if (Subtree.Level is < 0 or > LevelMax) throw Refused("subtree level", Subtree.Level, $"0 to {LevelMax}");
        if (Subtree.Index < 0) throw Refused("subtree index", Subtree.Index, "0 or more");
        if (Slice < 0) throw Refused("slice", Slice, "0 or more");
        if (Count < 0) throw Refused("count", Count, "0 or more");
        if (LeafCount < 0) throw Refused("leaf count", LeafCount, "0 or more");
        if (ComputeMicros < 0) throw Refused("compute time", ComputeMicros, "0 or more");
        if (Generation < 0) throw Refused("generation", Generation, "0 or more");
        if (Version < 0) throw Refused("parameters' version", Version, "0 or more");
        if (StateSince < 0) throw Refused("round of the state", StateSince, "0 or more");
        if (PayloadBytes is < 0 or > PayloadBytesMax || PayloadBytes % Element.Size() != 0)
        {
            throw Refused("payload", PayloadBytes, $"a multiple of {Element.Size()} from 0 to {PayloadBytesMax} bytes");
        }
    }

    private static FrameException Refused(string what, long value, string allowed) =>
        new($"a frame's {what} is {value}, allowed is {allowed}");
}
