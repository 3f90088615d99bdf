using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Parquet.Meta;

namespace ClusterGd.Data.Reading;

/// <summary>Looks at the footer of a Parquet file before its library does, which never returns from some.</summary>
internal static class ParquetFooter
{
    private const string Protocol = "Parquet.Meta.Proto.ThriftCompactProtocolReader, Parquet";

    // Behind the footer: its length in four bytes, and the four that every such file begins with.
    private const int TailBytes = 8, HeadBytes = 4;

    private const int DepthMax = 100;

    /// <summary>
    /// Reads the footer with the library's own code, but through a stream whose end is an error: the library makes a
    /// copy of the footer, and what of that copy has no end is read for ever.
    /// </summary>
    /// <exception cref="Exception">Of any type: the footer is damaged.</exception>
    public static void Check(Stream file)
    {
        if (file.Length < HeadBytes + TailBytes) throw new InvalidDataException("it is too short");
        file.Position = file.Length - TailBytes;
        Span<byte> tail = stackalloc byte[TailBytes];
        file.ReadExactly(tail);
        int length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 0 || length > file.Length - HeadBytes - TailBytes)
        {
            throw new InvalidDataException("its footer is said to be longer than the file");
        }
        byte[] footer = new byte[length];
        file.Position = file.Length - TailBytes - length;
        file.ReadExactly(footer);
        using var stream = new ParquetStream(new MemoryStream(footer));
        CheckDepth(Read(null, NewProtocol(stream)).Schema);
    }

    // The library calls itself for a column inside a group inside a group …: too many of them end the process.
    private static void CheckDepth(List<SchemaElement> schema)
    {
        var open = new Stack<int>();
        foreach (var element in schema)
        {
            while (open.TryPop(out int left))
            {
                if (left == 0) continue;
                open.Push(left - 1);
                break;
            }
            if (element.NumChildren > 0) open.Push(element.NumChildren.Value);
            if (open.Count > DepthMax) throw new InvalidDataException($"its columns nest over {DepthMax} deep");
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    [return: UnsafeAccessorType(Protocol)]
    private static extern object NewProtocol(Stream stream);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = nameof(Read))]
    private static extern FileMetaData Read(FileMetaData? type, [UnsafeAccessorType(Protocol)] object protocol);
}
