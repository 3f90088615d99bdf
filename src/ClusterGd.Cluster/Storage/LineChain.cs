using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// Ends each JSON line of a log with a checksum, <c>"sum"</c>, over it and the checksum of the line before, so that a
/// line that is missing, doubled, edited or of another log shows. One owner.
/// </summary>
internal sealed class LineChain
{
    private const string Mark = ",\"sum\":\"", Tail = "\"}";
    private const int Digits = 16;

    /// <summary>The checksum of the last line that is in the file, 0 before the first.</summary>
    public ulong Last { get; set; }

    /// <param name="line">One JSON object with its line feed.</param>
    /// <param name="last">The checksum of the line before; then that of this line.</param>
    public static byte[] Complete(byte[] line, ref ulong last)
    {
        var open = line.AsSpan(0, line.Length - 2);   // without "}\n"
        last = SumOf(open, last);
        return [.. open, .. Encoding.ASCII.GetBytes($"{Mark}{Text(last)}{Tail}\n")];
    }

    /// <summary>What a line's checksum says of its place.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="last">The checksum of the line before; then that of this line.</param>
    /// <returns>Whether it follows; null where it has no checksum, as the lines of older versions.</returns>
    public static bool? Follows(string line, ref ulong last)
    {
        int mark = line.Length - Mark.Length - Digits - Tail.Length;
        if (mark < 0 || !line.EndsWith(Tail, StringComparison.Ordinal)
            || !line.AsSpan(mark).StartsWith(Mark, StringComparison.Ordinal)
            || !ulong.TryParse(
                line.AsSpan(mark + Mark.Length, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out ulong stated)) return null;
        bool follows = SumOf(Encoding.UTF8.GetBytes(line[..mark]), last) == stated;
        last = stated;
        return follows;
    }

    private static ulong SumOf(ReadOnlySpan<byte> line, ulong before) => XxHash3.HashToUInt64(line, (long)before);

    private static string Text(ulong sum) => sum.ToString("x16", CultureInfo.InvariantCulture);
}
