using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class ClassLabelTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_Numbers_AreSortedByValue()
    {
        var data = TestData.Load(
            _folder.Source("a.libsvm", "10 1:1\n9 1:1\n-1 1:1\n9.0 1:1\n"), TargetKind.Class).DataSet;
        Assert.Equal(["-1", "9", "10"], data.Schema.ClassNames.ToArray());
        Assert.Equal([2f, 1f, 0f, 1f], data.Train.Targets.ToArray());
    }

    [Fact]
    public void Classes_Binary_LastLabelIsClassOne()
    {
        var data = TestData.Load(
            _folder.Source("a.libsvm", "+1 1:1\n-1 1:1\n1.0 1:1\n"), TargetKind.BinaryClass).DataSet;
        Assert.Equal(["-1", "1"], data.Schema.ClassNames.ToArray());
        Assert.Equal([1f, 0f, 1f], data.Train.Targets.ToArray());
    }

    [Theory]
    [InlineData("1 1:1\n1 1:2\n", "is only one, '1'")]
    [InlineData("1 1:1\n2 1:2\n3 1:1\n", "are 3 (1, 2, 3)")]
    public void Classes_BinaryWithOtherThanTwo_IsRefusedNamingThem(string text, string found) => Assert.Contains(
        found, TestData.Fails(_folder.Source("a.libsvm", text), TargetKind.BinaryClass).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Classes_TestLabelUnknown_IsABadRow()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.libsvm", "1 1:1\n2 1:2\n"),
            Test = _folder.Source("b.libsvm", "2 1:3\n# no row\n7 1:1\n1 1:4\n"),
        };
        var error = Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Class, 1));
        Assert.Equal(
            $"{spec.Test.Path}:3: the label '7' is none of the 2 classes of training (1, 2).", error.Problems[0]);

        var loaded = DataSets.Load(spec with { OnBadRow = "quarantine" }, TargetKind.Class, 1);
        Assert.Equal([1f, 0f], loaded.DataSet.Test!.Targets.ToArray());
        Assert.Equal([3f], TestData.Row(loaded.DataSet.Test, 0));
        Assert.Equal(3, Assert.Single(loaded.Quarantined).Line);
    }

    [Fact]
    public void Classes_NotNeeded_LabelsAreIgnoredAndMayBeAbsent()
    {
        var trained = TestData.Load(_folder.Source("a.libsvm", "1 1:1\n2 1:2\n"), TargetKind.Class);
        var (rows, quarantined) = DataSets.LoadLike(
            _folder.Source("b.libsvm", "1:3\n7 1:4\n"), trained.Encoding, needTargets: false, "fail", 0);
        Assert.Equal(0, rows.TargetCount);
        Assert.Equal([4f], TestData.Row(rows, 1));
        Assert.Empty(quarantined);
    }

    [Fact]
    public void Classes_NoneWanted_GivesRowsWithoutTargets() => Assert.Equal(
        0, TestData.Load(_folder.Source("a.libsvm", "1 1:1\n2 1:2\n"), TargetKind.None).DataSet.Train.TargetCount);
}
