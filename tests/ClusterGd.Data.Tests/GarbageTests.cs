using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests;

/// <summary>Whatever a file holds, it is read or refused in sentences: nothing else may be thrown.</summary>
public sealed class GarbageTests
{
    private static readonly string[] s_names = ["a.csv", "a.tsv", "a.libsvm", "a.idx", "a.parquet", "a.bin",
        "a.csv.gz"];
    private static readonly string[] s_words =
    [
        "1", "-2.5", "x", ",", ";", "\t", " ", "\n", "\r\n", "\"", ":", "1:", "3:4", "#", "?", "NA", "nan", "1e400",
            "é", "\0",
        "PAR1", "\uFEFF", "a,b,c\n", "1,2,3\n", "1 1:1\n", "\"a\"\"b\"", "99999999999",
    ];

    [Fact]
    public void Load_RandomBytes_IsReadOrRefused() =>
        Gen.Select(Gen.Byte.Array[1, 300], OneOf(s_names), Gen.Enum<TargetKind>()).Sample(ReadOrRefuse, iter: 500);

    [Fact]
    public void Load_RandomWords_IsReadOrRefused() =>
        Gen.Select(OneOf(s_words).Array[1, 60], OneOf(s_names), Gen.Enum<TargetKind>())
            .Sample((words, name, kind) =>
                ReadOrRefuse(Encoding.UTF8.GetBytes(string.Concat(words)), name, kind), iter: 1_500);

    [Fact]
    public void Load_RandomIdxHeader_IsReadOrRefused() =>
        Gen.Select(Gen.Byte[7, 15], Gen.Byte[0, 4], Gen.Byte[0, 3].Array[0, 40]).Sample(
            (type, dimensions, rest) =>
                ReadOrRefuse([0, 0, type, dimensions, .. rest], "a.idx", TargetKind.None), iter: 500);

    [Fact]
    public void DenseValues_BeyondAnArray_AreRefused() => Assert.Contains(
        "3,000,000 rows of 1,000 features need 3,024,000,000 values, and at most",
        Assert.Throws<InputException>(() => Sizes.DenseValues("wide.csv", 3_000_000, 1_000)).Message,
            StringComparison.Ordinal);

    private static Gen<string> OneOf(string[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    private static void ReadOrRefuse(byte[] content, string name, TargetKind kind)
    {
        using var folder = new TempFolder();
        bool isCsv = name.Contains("csv", StringComparison.Ordinal);
        var source = new DataSource { Path = folder.Write(name, content), Missing = isCsv ? "0" : "error" };
        Try(() =>
        {
            var rows = TestData.Load(source, kind).DataSet.Train;
            for (int i = 0; i < rows.Count; i++)
            {
                Assert.All(TestData.Row(rows, i), x => Assert.True(float.IsFinite(x)));
                Assert.All(rows.TargetsOf(i).ToArray(), x => Assert.True(float.IsFinite(x)));
            }
        });
        Try(() => Assert.True(DataInfo.Describe(source).Rows > 0));
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (InputException e)
        {
            Assert.All(e.Problems, p => Assert.False(string.IsNullOrWhiteSpace(p)));
        }
    }
}
