using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Models;

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

    /// <summary>
    /// The parameters' little-endian bytes in pieces, whatever the machine's order, with one NaN for all: a run that
    /// diverged has one hash, too.
    /// </summary>
    public static void ForEachChunk(ReadOnlySpan<float> parameters, Sink sink)
    {
        float[]? unified = null;
        for (int i = 0; i < parameters.Length; i += ChunkFloats)
        {
            var chunk = parameters.Slice(i, Math.Min(ChunkFloats, parameters.Length - i));
            if (!VectorKernels.IsAllFinite(chunk))
            {
                unified ??= new float[ChunkFloats];
                chunk.CopyTo(unified);
                chunk = unified.AsSpan(0, chunk.Length);
                Bits.UnifyNaN(unified);
            }
            SendLittleEndian(chunk, sink);
        }
    }

    private static void SendLittleEndian(ReadOnlySpan<float> chunk, Sink sink)
    {
        if (BitConverter.IsLittleEndian)
        {
            sink(MemoryMarshal.AsBytes(chunk));
            return;
        }
        Span<byte> bytes = stackalloc byte[4];
        foreach (float parameter in chunk)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, parameter);
            sink(bytes);
        }
    }
}
