using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ClusterGd.Core.Checkpoints;

/// <summary>The model's name for its bits: SHA-256 over the flat parameters as little-endian float32.</summary>
public static class ModelHash
{
    private const int ChunkFloats = 16 * 1024;

    public static string Of(ReadOnlySpan<float> parameters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ForEachChunk(parameters, hash.AppendData);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public delegate void Sink(ReadOnlySpan<byte> bytes);

    /// <summary>The parameters' little-endian bytes in pieces, whatever the machine's order.</summary>
    public static void ForEachChunk(ReadOnlySpan<float> parameters, Sink sink)
    {
        if (BitConverter.IsLittleEndian)
        {
            for (int i = 0; i < parameters.Length; i += ChunkFloats)
            {
                sink(MemoryMarshal.AsBytes(parameters.Slice(i, Math.Min(ChunkFloats, parameters.Length - i))));
            }
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (float parameter in parameters)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, parameter);
            sink(bytes);
        }
    }
}
