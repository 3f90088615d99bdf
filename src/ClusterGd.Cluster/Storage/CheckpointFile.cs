using System.Buffers.Binary;
using System.Collections.Immutable;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using MessagePack;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// A checkpoint as bytes: a <see cref="CheckpointFrame"/> around the time and the evaluations, and then each slice.
/// </summary>
internal static class CheckpointFile
{
    /// <summary>Where the run is, but for its slices.</summary>
    private sealed record Position(TimeSpan Elapsed, ImmutableArray<Evaluation> History);

    /// <param name="file">Seekable and empty.</param>
    public static void Write(Stream file, CheckpointHeader header, Checkpoint checkpoint)
    {
        // The header has the body's length in it, and so comes last: until then it is zeros.
        file.Write(new byte[CheckpointFrame.HeaderBytes]);
        var body = new CheckpointBody(file);
        WritePart(body, Fields.Write(new Position(checkpoint.Elapsed, checkpoint.History), PositionFields));
        foreach (var slice in checkpoint.Slices) WritePart(body, Blobs.Write(slice));
        var checksums = body.Finish();
        var head = CheckpointFrame.WriteHeader(header, body.Bytes);
        file.Write(CheckpointFrame.WriteFooter(head, checksums, body.Bytes));
        file.Position = 0;
        file.Write(head);
    }

    /// <summary>Reads every byte and compares every checksum.</summary>
    /// <exception cref="CheckpointException">It is damaged, cut short, or no checkpoint.</exception>
    public static CheckpointHeader Verify(Stream file)
    {
        var head = ReadHead(file);
        var (header, bodyBytes) = CheckpointFrame.ReadHeader(head);
        if (bodyBytes < 0 || file.Length != CheckpointFrame.FileBytes(bodyBytes))
        {
            throw new CheckpointException(
                $"it has {file.Length} bytes, {CheckpointFrame.FileBytes(bodyBytes)} are stated");
        }
        var footer = new byte[file.Length - CheckpointFrame.HeaderBytes - bodyBytes];
        file.Position = CheckpointFrame.HeaderBytes + bodyBytes;
        file.ReadExactly(footer);
        var checksums = CheckpointFrame.ReadFooter(head, footer);
        var block = new byte[CheckpointFrame.BlockBytes];
        file.Position = CheckpointFrame.HeaderBytes;
        for (int i = 0; i < checksums.Length; i++)
        {
            var bytes = block.AsSpan(0, (int)Math.Min(block.Length, bodyBytes - (long)i * block.Length));
            file.ReadExactly(bytes);
            CheckpointFrame.Compare(
                $"block {i + 1} of {checksums.Length}", CheckpointFrame.Checksum(bytes, i), checksums[i]);
        }
        return header;
    }

    /// <summary>What a file holds that <see cref="Verify"/> found whole.</summary>
    /// <exception cref="CheckpointException">It is of another plan.</exception>
    public static Checkpoint Read(Stream file, TrainingPlan plan)
    {
        var (header, _) = CheckpointFrame.ReadHeader(ReadHead(file));
        try
        {
            var (elapsed, history) = Fields.Read<Position>(ReadPart(file), PositionFields);
            var slices = ImmutableArray.CreateBuilder<SliceState>(plan.SliceCount);
            while (slices.Count < plan.SliceCount) slices.Add(Blobs.ReadState(ReadPart(file), plan));
            if (slices.Where((s, i) => s.Slice != i || s.Step != header.Step).Any())
            {
                throw new CheckpointException("its slices are of different steps");
            }
            return new Checkpoint(header.Step, elapsed, history, slices.ToImmutable());
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException)
        {
            throw new CheckpointException($"it does not fit the job: {e.Message}");
        }
    }

    private static byte[] ReadHead(Stream file)
    {
        var head = new byte[CheckpointFrame.HeaderBytes];
        file.Position = 0;
        int count = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return count == head.Length ? head : throw new CheckpointException($"it ends after {count} bytes");
    }

    private static Position PositionFields(ref Fields f, Position? m) =>
        new(f.Of(m?.Elapsed), f.List(m?.History, WireParts.EvaluationOfRun));

    private static void WritePart(CheckpointBody body, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        body.Write(length);
        body.Write(bytes);
    }

    private static byte[] ReadPart(Stream file)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        file.ReadExactly(length);
        int count = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (count < 0 || count > file.Length - file.Position) throw new EndOfStreamException("a part is cut short");
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }
}
