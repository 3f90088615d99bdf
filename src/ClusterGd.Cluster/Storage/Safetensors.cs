using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using ClusterGd.Core.Models;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// A model's parameters in a safetensors file: eight bytes of header length, a JSON header, the tensors as
/// little-endian float32 in the order of the flat vector. The bytes after the header are therefore what the model's
/// hash is over.
/// </summary>
/// <param name="Parameters">The flat vector.</param>
/// <param name="Tensors">By offset, without gaps.</param>
/// <param name="Metadata">Texts of the header's <c>__metadata__</c>: the format and the hash.</param>
public sealed partial record Safetensors(
    float[] Parameters, ImmutableArray<SavedTensor> Tensors, ImmutableSortedDictionary<string, string> Metadata)
{
    public const string FormatName = "clustergd-model/1";

    private const string MetadataKey = "__metadata__";

    /// <summary>Writes the file by way of a temporary one.</summary>
    /// <returns>The model's hash.</returns>
    public static string Write(string path, ImmutableArray<ParameterBlock> blocks, float[] parameters)
    {
        string hash = "";
        AtomicFile.Write(path, file => hash = Write(file, blocks, parameters));
        return hash;
    }

    /// <inheritdoc cref="Write(string, ImmutableArray{ParameterBlock}, float[])"/>
    public static string Write(Stream file, ImmutableArray<ParameterBlock> blocks, float[] parameters)
    {
        var hash = ModelHash.Of(parameters);
        Write(file, blocks, parameters, hash);
        return hash;
    }

    /// <param name="hash">Of the parameters.</param>
    internal static void Write(Stream file, ImmutableArray<ParameterBlock> blocks, float[] parameters, string hash)
    {
        var header = Header(blocks, hash);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Write(length);
        file.Write(header);
        ModelHash.ForEachChunk(parameters, file.Write);
    }

    private static byte[] Header(ImmutableArray<ParameterBlock> blocks, string hash)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            json.WriteString("format", FormatName);
            json.WriteString("sha256", hash);
            json.WriteEndObject();
            foreach (var block in blocks.OrderBy(b => b.Name, StringComparer.Ordinal))
            {
                json.WriteStartObject(block.Name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (int size in block.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue((long)block.Offset * sizeof(float));
                json.WriteNumberValue(((long)block.Offset + block.Length) * sizeof(float));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // Spaces up to a multiple of 8, so that the tensors are aligned in a mapped file.
        while (bytes.Length % 8 != 0) bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }
}
