using System.Buffers.Binary;
using System.Text;

namespace ClusterGd.Data.Reading;

/// <summary>
/// FNV-1a, 64 bits (Fowler, Noll, Vo), folded to 32: where a hashed category or index goes, on every machine.
/// </summary>
internal static class FeatureHash
{
    /// <summary>The bucket of a text, by its UTF-8 bytes.</summary>
    public static int Bucket(string text, int buckets) => Bucket(Encoding.UTF8.GetBytes(text), buckets);

    /// <summary>The bucket of an index, by its eight bytes, lowest first.</summary>
    public static int Bucket(ulong index, int buckets)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, index);
        return Bucket(bytes, buckets);
    }

    private static int Bucket(ReadOnlySpan<byte> bytes, int buckets)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in bytes) hash = (hash ^ b) * 1099511628211;
        return (int)((uint)(hash ^ (hash >> 32)) % (uint)buckets);
    }
}
