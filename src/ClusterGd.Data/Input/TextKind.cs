using System.Buffers.Binary;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>Recognises text in an encoding that is not read.</summary>
internal static class TextKind
{
    /// <exception cref="InputException">The file is UTF-16, as Excel's "Unicode text" is.</exception>
    public static void RefuseUtf16(string path, ReadOnlySpan<byte> head)
    {
        if (head.Length < 2) return;
        ushort mark = BinaryPrimitives.ReadUInt16BigEndian(head);
        bool isLittle = mark == 0xFFFE || IsLatin(head, 0), isBig = mark == 0xFEFF || IsLatin(head, 1);
        if (!isLittle && !isBig) return;
        string name = isLittle ? "UTF-16LE" : "UTF-16BE";
        throw new InputException(
            $"{path} is {name} text, and UTF-8 is read: save it as \"CSV UTF-8\", or convert it: " +
            $"iconv -f UTF-16 -t UTF-8 {System.IO.Path.GetFileName(path)} > utf8.csv");
    }

    /// <summary>Without a mark: every second byte is 0, the others are plain letters.</summary>
    private static bool IsLatin(ReadOnlySpan<byte> head, int first)
    {
        var part = head[..(Math.Min(head.Length, 512) & ~1)];
        if (part.Length < 8) return false;
        for (int i = 0; i < part.Length; i += 2)
        {
            byte letter = part[i + first], zero = part[i + 1 - first];
            if (zero != 0 || letter is 0 or > 126 || (letter < 32 && letter is not (9 or 10 or 13))) return false;
        }
        return true;
    }
}
