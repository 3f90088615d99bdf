using System.Security.Cryptography;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class SyntheticDataTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The bytes are part of the contract: another machine must write the same.</summary>
    [Theory]
    [InlineData("linear", "a.csv", "722f2d5589d55f2f26e1fa8cc9eccd3d586d374f4469dc26938005441f0fd132")]
    [InlineData("softmax", "a.libsvm", "04ee0f7aac8c4f9f40b4d1918a6835e94a892334bb490936bacfd5f7f835bc29")]
    public void Generate_SameSpecification_WritesTheKnownBytes(string kind, string name, string sha256)
    {
        string path = Generate(
            new SyntheticSpec { Kind = kind, Rows = 200, Features = 10, Classes = 3, Density = 0.5, Seed = 7 }, name);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!, "*.part"));
    }

    [Fact]
    public void Generate_Formats_HoldTheSameRows()
    {
        var spec = new SyntheticSpec { Kind = "linear", Rows = 50, Features = 8, Density = 0.25 };
        var csv = TestData.Load(new DataSource { Path = Generate(spec, "a.csv") }).DataSet.Train;
        var libsvm = TestData.Load(new DataSource { Path = Generate(spec, "a.libsvm.gz"), Features = 8 }).DataSet.Train;
        Assert.Equal(csv.Targets.ToArray(), libsvm.Targets.ToArray());
        for (int i = 0; i < 50; i++) Assert.Equal(TestData.Row(csv, i), TestData.Row(libsvm, i));
        Assert.Equal(100, libsvm.StoredCount);
    }

    [Fact]
    public void Generate_Linear_HasTheSignalAndNoiseAskedFor()
    {
        var spec = new SyntheticSpec { Kind = "linear", Rows = 4_000, Features = 20, Noise = 0 };
        var targets = TestData.Load(new DataSource { Path = Generate(spec, "a.csv") }).DataSet.Train.Targets.ToArray();
        Assert.InRange(targets.Average(), -0.1, 0.1);
        Assert.InRange(targets.Average(t => t * t), 0.3, 2.5);
        var noisy = TestData.Load(
            new DataSource { Path = Generate(spec with { Noise = 2 }, "b.csv") }).DataSet.Train.Targets;
        double sum = 0;
        for (int i = 0; i < targets.Length; i++) sum += (noisy[i] - targets[i]) * (noisy[i] - targets[i]);
        Assert.InRange(Math.Sqrt(sum / targets.Length), 1.9, 2.1);
    }

    [Theory]
    [InlineData("logistic", 2)]
    [InlineData("softmax", 4)]
    [InlineData("clusters", 4)]
    public void Generate_Classes_AllOccur(string kind, int classes)
    {
        var spec = new SyntheticSpec { Kind = kind, Rows = 500, Features = 30, Classes = 4 };
        var data = TestData.Load(new DataSource { Path = Generate(spec, "a.csv") }, TargetKind.Class).DataSet;
        Assert.Equal(classes, data.Schema.ClassNames.Length);
        Assert.Equal(kind == "logistic" ? "-1" : "0", data.Schema.ClassNames[0]);
    }

    [Fact]
    public void Generate_Clusters_LieAroundTheirCentres()
    {
        var spec = new SyntheticSpec { Kind = "clusters", Rows = 300, Features = 16, Classes = 3, Noise = 0.01 };
        var rows = TestData.Load(new DataSource { Path = Generate(spec, "a.csv") }, TargetKind.Class).DataSet.Train;
        int other = Enumerable.Range(1, 299).First(i => rows.Targets[i] != rows.Targets[0]);
        int same = Enumerable.Range(1, 299).First(i => rows.Targets[i] == rows.Targets[0]);
        Assert.True(Distance(rows, 0, same) < 0.2);
        Assert.True(Distance(rows, 0, other) > 1);
    }

    [Fact]
    public void Generate_WideAndSparse_StoresTheFraction()
    {
        var spec = new SyntheticSpec { Kind = "logistic", Rows = 10, Features = 1_000_000, Density = 1e-5 };
        var rows = Assert.IsType<SparseRows>(
            TestData.Load(new DataSource { Path = Generate(spec, "a.libsvm") }).DataSet.Train);
        Assert.Equal(100, rows.StoredCount);
    }

    [Fact]
    public void Generate_ImpossibleSpecification_NamesAllProblems()
    {
        var spec = new SyntheticSpec { Kind = "cubic", Rows = 0, Features = 0, Classes = 1, Noise = -1, Density = 2 };
        var error = Assert.Throws<InputException>(() => SyntheticData.Generate(spec, _folder.PathOf("a.txt")));
        Assert.Equal(7, error.Problems.Length);
    }

    [Fact]
    public void Generate_IntoAMissingFolder_IsRefused() => Assert.Throws<InputException>(() => SyntheticData.Generate(
        new SyntheticSpec { Kind = "linear", Rows = 1, Features = 1 }, _folder.PathOf("no/such/a.csv")));

    private static double Distance(Rows rows, int a, int b) => Math.Sqrt(
        TestData.Row(rows, a).Zip(TestData.Row(rows, b)).Sum(p => (p.First - p.Second) * (p.First - p.Second)));

    private string Generate(SyntheticSpec spec, string name)
    {
        SyntheticData.Generate(spec, _folder.PathOf(name));
        return _folder.PathOf(name);
    }
}
