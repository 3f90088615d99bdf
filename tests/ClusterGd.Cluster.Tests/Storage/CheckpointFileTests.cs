using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Storage;

public class CheckpointFileTests
{
    private const int HeaderBytes = CheckpointFrame.HeaderBytes, BlockBytes = CheckpointFrame.BlockBytes;
    private static readonly TrainingPlan s_small = TestCheckpoints.Plan("kmeans");
    private static readonly TrainingPlan s_slices = TestCheckpoints.Plan("mlp");
    private static readonly byte[] s_smallBytes = TestCheckpoints.Bytes(s_small, TestCheckpoints.Make(s_small, 3));

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    public void Checkpoint_WrittenAndRead_HasTheSameBits(string job)
    {
        var plan = TestCheckpoints.Plan(job);
        var written = TestCheckpoints.Make(plan, 12);
        byte[] bytes = TestCheckpoints.Bytes(plan, written);
        var header = CheckpointFile.Verify(new MemoryStream(bytes));
        var read = CheckpointFile.Read(new MemoryStream(bytes), plan);

        Assert.Equal(CheckpointHeader.Of(7, plan, 12), header);
        Assert.Equal(bytes, TestCheckpoints.Bytes(plan, read));
        Assert.Equal(written.Elapsed, read.Elapsed);
        Assert.Equal(written.Slices[^1].Best, read.Slices[^1].Best);
        Assert.Equal(written.Slices[0].LastSummary, read.Slices[0].LastSummary);
    }

    [Fact]
    public void Small_AnyByteFlipped_IsFound()
    {
        for (int i = 0; i < s_smallBytes.Length; i++)
        {
            s_smallBytes[i] ^= 0x10;
            Assert.True(TestCheckpoints.Damage(s_smallBytes) is not null, $"byte {i}");
            s_smallBytes[i] ^= 0x10;
        }
    }

    [Fact]
    public void Small_CutAnywhere_IsFound()
    {
        for (int length = 0; length < s_smallBytes.Length; length++)
        {
            Assert.True(TestCheckpoints.Damage(s_smallBytes[..length]) is not null, $"{length} bytes");
        }
    }

    [Fact]
    public void Small_BytesBehindIt_IsFound() => Assert.NotNull(TestCheckpoints.Damage([.. s_smallBytes, 0]));

    [Fact]
    public void Large_RandomBitsFlipped_AreFound()
    {
        byte[] bytes = Large(step: 5);
        var random = new Random(5);
        for (int i = 0; i < 200; i++)
        {
            int at = random.Next(bytes.Length), bit = 1 << random.Next(8);
            bytes[at] ^= (byte)bit;
            Assert.True(TestCheckpoints.Damage(bytes) is not null, $"byte {at}, bit {bit}");
            bytes[at] ^= (byte)bit;
        }
    }

    [Fact]
    public void Large_DamagedBlock_IsNamed()
    {
        byte[] bytes = Large(step: 5);
        bytes[HeaderBytes + 2 * BlockBytes + 17] ^= 1;

        Assert.StartsWith("block 3 of 4 has checksum ", TestCheckpoints.Damage(bytes));
    }

    [Fact]
    public void Large_TwoBlocksSwapped_AreFound()
    {
        byte[] bytes = Large(step: 5);
        byte[] first = bytes[HeaderBytes..(HeaderBytes + BlockBytes)];
        Array.Copy(bytes, HeaderBytes + BlockBytes, bytes, HeaderBytes, BlockBytes);
        first.CopyTo(bytes, HeaderBytes + BlockBytes);

        Assert.StartsWith("block 1 of 4", TestCheckpoints.Damage(bytes));
    }

    [Fact]
    public void Large_BlockOfAnotherCheckpoint_IsFound()
    {
        byte[] bytes = Large(step: 5);
        Array.Copy(Large(step: 6), HeaderBytes + BlockBytes, bytes, HeaderBytes + BlockBytes, BlockBytes);

        Assert.StartsWith("block 2 of 4", TestCheckpoints.Damage(bytes));
    }

    [Fact]
    public void Footer_OfAnotherCheckpoint_IsFound()
    {
        byte[] bytes = Large(step: 5);
        Array.Copy(Large(step: 6), bytes.Length - 64, bytes, bytes.Length - 64, 64);

        Assert.NotNull(TestCheckpoints.Damage(bytes));
    }

    [Fact]
    public void Checkpoint_OfAnotherPlan_IsRefused()
    {
        byte[] bytes = TestCheckpoints.Bytes(s_slices, TestCheckpoints.Make(s_slices, 3));

        var refused = Assert.Throws<CheckpointException>(() => CheckpointFile.Read(new MemoryStream(bytes), s_small));
        Assert.StartsWith("it does not fit the job", refused.Message);
    }

    /// <summary>Four blocks: the numbers of a small plan's slices, over and over.</summary>
    private static byte[] Large(long step)
    {
        var checkpoint = TestCheckpoints.Make(s_slices, step);
        int times = (int)(3.5 * BlockBytes / TestCheckpoints.Bytes(s_slices, checkpoint).Length) + 1;
        var large = checkpoint with
        {
            Slices = [.. Enumerable.Range(0, times).SelectMany(i => TestCheckpoints.Make(s_slices, step + i).Slices)],
        };
        return TestCheckpoints.Bytes(s_slices, large);
    }
}
