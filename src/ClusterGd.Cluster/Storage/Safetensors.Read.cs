using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;

namespace ClusterGd.Cluster.Storage;

/// <summary>Reads a file that may be damaged or another's: every length is checked before it is trusted.</summary>
public sealed partial record Safetensors
{
    private const long HeaderBytesMax = 8 << 20;
    private const int DimensionsMax = 16;

    /// <exception cref="InputException">What is wrong with the file, in one sentence.</exception>
    public static Safetensors Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return Read(file);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"The model file {path} is not there; did the run end before it had a model?");
        }
        catch (Exception problem) when (problem is InvalidDataException or JsonException or InvalidOperationException)
        {
            // The JSON reader's InvalidOperationException is a name or text that is no Unicode.
            var clause = problem is InvalidDataException ? problem.Message : "its header is no valid JSON";
            throw new InputException($"The model file {path} is damaged: {clause}; use another copy or train again.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The model file {path} cannot be read: {problem.Message}");
        }
    }

    private static Safetensors Read(FileStream file)
    {
        Span<byte> lengthBytes = stackalloc byte[8];
        Fill(file, lengthBytes, "its header length");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength is 0 or > HeaderBytesMax || headerLength > (ulong)(file.Length - 8))
        {
            long allowed = Math.Min(HeaderBytesMax, file.Length - 8);
            throw new InvalidDataException($"its header should have {headerLength} bytes, allowed are 1 to {allowed}");
        }
        var header = new byte[headerLength];
        Fill(file, header, "its header");
        long dataBytes = file.Length - 8 - (long)headerLength;
        using var json = JsonDocument.Parse(header);
        var (tensors, metadata) = ReadHeader(json.RootElement);
        Verify(tensors, dataBytes);

        var parameters = new float[dataBytes / sizeof(float)];
        var bytes = MemoryMarshal.AsBytes(parameters.AsSpan());
        Fill(file, bytes, "its tensors");
        if (!BitConverter.IsLittleEndian)
        {
            for (int i = 0; i < parameters.Length; i++)
            {
                parameters[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.Slice(4 * i, 4));
            }
        }
        var stated = metadata.GetValueOrDefault("sha256");
        var actual = ModelHash.Of(parameters);
        if (stated is not null && stated != actual)
        {
            throw new InvalidDataException($"its parameters have SHA-256 {actual}, its header says {stated}");
        }
        return new Safetensors(parameters, [.. tensors.Select(t => t.Tensor)], metadata);
    }

    private static void Fill(FileStream file, Span<byte> destination, string what)
    {
        int count = file.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        if (count == destination.Length) return;
        throw new InvalidDataException($"it ends after {count} of {destination.Length} bytes of {what}");
    }

    private static (List<Range> Tensors, ImmutableSortedDictionary<string, string> Metadata) ReadHeader(
        JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException("its header is no JSON object");
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var tensors = new List<Range>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"the header's entry '{property.Name}' is no JSON object");
            }
            if (property.Name != MetadataKey)
            {
                tensors.Add(ReadTensor(property.Name, property.Value));
                continue;
            }
            foreach (var text in property.Value.EnumerateObject())
            {
                if (text.Value.ValueKind == JsonValueKind.String) metadata[text.Name] = text.Value.GetString()!;
            }
        }
        tensors.Sort((a, b) => a.First.CompareTo(b.First));
        return (tensors, metadata.ToImmutable());
    }

    private static Range ReadTensor(string name, JsonElement tensor)
    {
        bool hasType = tensor.TryGetProperty("dtype", out var type) && type.ValueKind == JsonValueKind.String;
        if (!hasType || !type.ValueEquals("F32"))
        {
            throw new InvalidDataException($"tensor '{name}' is not of dtype F32, the only one a model here has");
        }
        var shape = Numbers(name, tensor, "shape");
        var offsets = Numbers(name, tensor, "data_offsets");
        if (offsets.Length != 2 || offsets[0] % sizeof(float) != 0 || offsets[0] / sizeof(float) > int.MaxValue)
        {
            throw new InvalidDataException($"tensor '{name}' has data_offsets [{string.Join(", ", offsets)}]");
        }
        // UInt128 holds the product of any two longs, so a shape made to overflow is seen as too large.
        UInt128 length = sizeof(float);
        foreach (long size in shape) length = UInt128.Min(length * (ulong)size, (UInt128)long.MaxValue);
        if (length != (UInt128)Math.Max(0, offsets[1] - offsets[0]) || shape.Any(size => size > int.MaxValue))
        {
            throw new InvalidDataException(
                $"tensor '{name}' of shape [{string.Join(", ", shape)}] does not fill bytes {offsets[0]} " +
                $"to {offsets[1]}");
        }
        var saved = new SavedTensor(name, (int)(offsets[0] / sizeof(float)), [.. shape.Select(size => (int)size)]);
        return new Range(saved, offsets[0], offsets[1]);
    }

    private static long[] Numbers(string name, JsonElement tensor, string key)
    {
        bool hasList = tensor.TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array;
        if (hasList && list.GetArrayLength() <= DimensionsMax)
        {
            var numbers = list.EnumerateArray().Select(
                n => n.ValueKind == JsonValueKind.Number && n.TryGetInt64(out long number) ? number : -1).ToArray();
            if (numbers.All(n => n >= 0)) return numbers;
        }
        throw new InvalidDataException($"tensor '{name}' has no {key} of whole numbers");
    }

    private static void Verify(List<Range> tensors, long dataBytes)
    {
        long end = 0;
        foreach (var tensor in tensors)
        {
            if (tensor.First != end)
            {
                throw new InvalidDataException(
                    $"tensor '{tensor.Tensor.Name}' begins at byte {tensor.First}, not at {end}");
            }
            end = tensor.End;
        }
        if (end != dataBytes) throw new InvalidDataException($"its tensors need {end} bytes and it has {dataBytes}");
    }

    private sealed record Range(SavedTensor Tensor, long First, long End);
}
