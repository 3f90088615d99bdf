using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class DataProviderTests : IDisposable
{
    private const string Text = "1 1:1\n2 1:2\n1 2:3\n2 1:4 2:1\n";
    private readonly TempFolder _folder = new();

    [Fact]
    public void TryLoad_SameContentInAnotherPlaceAndForm_IsTheWholeData()
    {
        var spec = Spec("a.libsvm", Text);
        string hash = HashOf(spec);
        var elsewhere = new DataSpec { Train = new DataSource { Path = Gzip("b.gz", Text), Format = "libsvm" } };

        var loaded = DataProvider.TryLoad(elsewhere, TargetKind.Class, 1, hash, out string whyNot);

        Assert.Equal(4, loaded!.DataSet.Train.Count);
        Assert.Equal("", whyNot);
    }

    [Fact]
    public void TryLoad_AnyFileMissing_NamesIt()
    {
        var spec = Spec("a.libsvm", Text);
        string hash = HashOf(spec), gone = _folder.PathOf("gone.libsvm");
        var train = spec.Train;
        DataSpec[] specs =
        [
            spec with { Train = train with { Path = gone } },
            spec with { Train = train with { Labels = gone } },
            spec with { Test = train with { Path = gone } },
            spec with { Test = train with { Labels = gone } },
        ];
        Assert.All(specs, s =>
        {
            Assert.Null(DataProvider.TryLoad(s, TargetKind.Class, 1, hash, out string whyNot));
            Assert.Equal($"{gone} is not on this node.", whyNot);
        });
    }

    [Fact]
    public void TryLoad_OtherContent_SaysBothHashes()
    {
        var spec = Spec("a.libsvm", Text);
        var other = Spec("b.libsvm", Text.Replace("2:3", "2:5", StringComparison.Ordinal));
        string hash = HashOf(spec), otherHash = HashOf(other);

        Assert.Null(DataProvider.TryLoad(other, TargetKind.Class, 1, hash, out string whyNot));
        Assert.Equal(
            $"{other.Train.Path} on this node is other data: its content hash is {otherHash}, and the run's is {hash}.",
            whyNot);
    }

    [Fact]
    public void TryLoad_FileThatIsNoData_SaysWhy()
    {
        string hash = HashOf(Spec("a.libsvm", Text));
        Assert.Null(DataProvider.TryLoad(Spec("b.libsvm", "1 x:1\n"), TargetKind.Class, 1, hash, out string whyNot));
        Assert.StartsWith(
            $"The data on this node cannot be used: {_folder.PathOf("b.libsvm")}:1", whyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void TryLoad_RelativePath_IsNotLookedUp()
    {
        var spec = new DataSpec { Train = new DataSource { Path = "a.libsvm" } };
        Assert.Null(DataProvider.TryLoad(spec, TargetKind.Class, 1, new string('0', 64), out string whyNot));
        Assert.Equal("a.libsvm is no absolute path, so it means nothing on this node.", whyNot);
    }

    /// <summary>Everything in the specification that changes what is trained on changes the hash.</summary>
    [Fact]
    public void ContentHash_AnyChangeOfTheSpecification_IsNoticed()
    {
        const string Csv = "a,b,c,y\n1,2,u,0\n4,5,v,1\n7,9,u,1\n2,3,w,0\n";
        var train = new DataSource { Path = _folder.Write("a.csv", Csv), Categorical = ["c"] };
        var spec = new DataSpec { Train = train };
        string changed = Csv.Replace("7,9,u,1", "7,9,u,0", StringComparison.Ordinal);
        var other = train with { Path = _folder.Write("b.csv", changed) };
        var reordered = train with { Path = _folder.Write("c.csv", "a,b,c,y\n4,5,v,1\n1,2,u,0\n7,9,u,1\n2,3,w,0\n") };
        (string What, string Hash)[] hashes =
        [
            ("as it is", HashOf(spec)),
            ("standardised", HashOf(spec with { Train = train with { Standardize = true } })),
            ("scaled", HashOf(spec with { Train = train with { Scale = 2 } })),
            ("column ignored", HashOf(spec with { Train = train with { Ignore = ["b"] } })),
            ("hashed categories", HashOf(spec with { Train = train with { HashBuckets = 8 } })),
            ("other target", HashOf(spec with { Train = train with { Target = ["a"] } })),
            ("one target changed", HashOf(spec with { Train = other })),
            ("rows in another order", HashOf(spec with { Train = reordered })),
            ("split", HashOf(spec with { Split = new SplitSpec { Every = 2 } })),
            ("other split", HashOf(spec with { Split = new SplitSpec { Every = 2, Offset = 1 } })),
            ("test file", HashOf(spec with { Test = train })),
            ("targets as numbers", HashOf(spec, TargetKind.Number)),
        ];
        Assert.Equal(hashes.Select(h => h.What), hashes.DistinctBy(h => h.Hash).Select(h => h.What));
    }

    public void Dispose() => _folder.Dispose();

    private DataSpec Spec(string name, string text) => new() { Train = _folder.Source(name, text) };

    private string Gzip(string name, string text) => _folder.WriteGzip(name, System.Text.Encoding.UTF8.GetBytes(text));

    private static string HashOf(DataSpec spec, TargetKind kind = TargetKind.Class) =>
        DataSets.Load(spec, kind, 1).DataSet.ContentHash;
}
