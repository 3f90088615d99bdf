using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using CsCheck;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Storage;

public sealed class SafetensorsTests : IDisposable
{
    private static readonly float[] s_parameters = [1, -2.5f, float.Epsilon, 0, 7, 8];
    private readonly string _folder = Directory.CreateTempSubdirectory("clustergd-st-").FullName;

    private string FilePath => Path.Combine(_folder, "model.safetensors");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Model_WrittenAndRead_IsTheSame()
    {
        var hash = Write();
        var read = Safetensors.Read(FilePath);
        Assert.Equal(s_parameters, read.Parameters);
        Assert.Equal([("weight", 0, "2x2"), ("bias", 4, "2")],
            read.Tensors.Select(t => (t.Name, t.Offset, string.Join('x', t.Shape))));
        Assert.Equal(hash, read.Metadata["sha256"]);
    }

    [Fact]
    public void File_AfterItsHeader_IsWhatTheModelHashIsOver()
    {
        var hash = Write();
        var bytes = File.ReadAllBytes(FilePath);
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(8 + header))));
        Assert.Equal(hash, ModelHash.Of(s_parameters));
    }

    [Theory]
    [InlineData("", "it ends after 0 of 8 bytes of its header length")]
    [InlineData("\u0009\0\0\0\0\0\0\0{}", "its header should have 9 bytes, allowed are 1 to 2")]
    [InlineData("\u0002\0\0\0\0\0\0\u0001{}", "its header should have 72057594037927938 bytes")]
    [InlineData("\u0002\0\0\0\0\0\0\0[}", "its header is no valid JSON")]
    [InlineData("\u0002\0\0\0\0\0\0\0[]", "its header is no JSON object")]
    [InlineData("\u0002\0\0\0\0\0\0\0{}abcd", "its tensors need 0 bytes and it has 4")]
    public void File_ThatIsNoModel_IsRefused(string content, string reason) =>
        Assert.Contains(reason, Refused(Encoding.Latin1.GetBytes(content)));

    [Theory]
    [InlineData("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}""", "tensor 'a' is not of dtype F32")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "[2] does not fill bytes 0 to 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "'a' has no shape of whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "tensor 'a' has data_offsets [2, 6]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "tensor 'a' begins at byte 4, not at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}""", "tensor 'a' has data_offsets [4]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4]}}""", "does not fill")]
    [InlineData("""{"a":5}""", "the header's entry 'a' is no JSON object")]
    [InlineData("""{"__metadata__":{"sha256":"00"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "its header says 00")]
    public void Header_Wrong_IsRefused(string header, string reason)
    {
        var bytes = new byte[8 + header.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        Encoding.UTF8.GetBytes(header).CopyTo(bytes, 8);
        Assert.Contains(reason, Refused(bytes));
    }

    [Fact]
    public void File_OneByteChangedOrCut_IsReadOrRefusedButNeverFails()
    {
        Write();
        var good = File.ReadAllBytes(FilePath);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Bool).Sample((at, value, isCut) =>
        {
            var bytes = good.ToArray();
            bytes[at] = value;
            if (isCut) bytes = bytes[..at];
            File.WriteAllBytes(FilePath, bytes);
            try
            {
                // What is accepted has the parameters that the header's own hash names.
                return Safetensors.Read(FilePath).Parameters.SequenceEqual(s_parameters);
            }
            catch (InputException)
            {
                return true;
            }
        }, iter: 2000, threads: 1);
    }

    private string Write() => Safetensors.Write(FilePath,
        [new ParameterBlock("weight", 0, [2, 2], true), new ParameterBlock("bias", 4, [2], false)], s_parameters);

    private string Refused(byte[] bytes)
    {
        File.WriteAllBytes(FilePath, bytes);
        return Assert.Throws<InputException>(() => Safetensors.Read(FilePath)).Message;
    }
}
