using System.Text;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Data.Tests;

public sealed class CsvTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a,b,y\n1,2,3\n4,5,6\n")]
    [InlineData("a\tb\ty\n1\t2\t3\n4\t5\t6\n")]
    [InlineData("a;b;y\r\n1;2;3\r\n4;5;6")]
    [InlineData("a b y\n1 2 3\n4 5 6\n")]
    [InlineData("a|b|y\n1|2|3\n4|5|6\n")]
    [InlineData("\uFEFFa, b, y\n1, 2, 3\n\n4, 5, 6\n\n")]
    [InlineData("\"a\",\"b\",\"y\"\n\"1\",\"2\",\"3\"\n4,5,6\n")]
    [InlineData("1,2,3\n4,5,6\n")]
    public void Csv_DelimiterAndHeader_AreGuessed(string text)
    {
        var data = TestData.Load(_folder.Source("a.csv", text)).DataSet;
        Assert.Equal([1f, 2f], TestData.Row(data.Train, 0));
        Assert.Equal([4f, 5f], TestData.Row(data.Train, 1));
        Assert.Equal([3f, 6f], data.Train.Targets.ToArray());
        string[] names = text.Contains('a', StringComparison.Ordinal) ? ["a", "b"] : [];
        Assert.Equal(names, data.Schema.FeatureNames.ToArray());
    }

    [Fact]
    public void Csv_SeveralTargetsAndIgnore_AreTakenByName()
    {
        var source = _folder.Source(
            "a.csv", "u,id,a,v\n1,x9,2,3\n4,x8,5,6\n") with { Target = ["v", "u"], Ignore = ["id"] };
        var data = TestData.Load(source).DataSet;
        Assert.Equal(2, data.Schema.TargetCount);
        Assert.Equal([1f, 3f, 4f, 6f], data.Train.Targets.ToArray());
        Assert.Equal(["a"], data.Schema.FeatureNames.ToArray());
    }

    [Fact]
    public void Csv_TargetByNumberWithoutHeader_IsTaken() => Assert.Equal(
        [1f, 4f], TestData.Load(_folder.Source("a.csv",
            "1,2,3\n4,5,6\n") with { Target = ["0"] }).DataSet.Train.Targets.ToArray());

    [Fact]
    public void Csv_Categories_AreOneHotInOrdinalOrder()
    {
        var source = _folder.Source(
            "a.csv", "size,color,y\n1,red,0\n2,blue,1\n3,Red,0\n") with { Categorical = ["color"] };
        var data = TestData.Load(source).DataSet;
        Assert.Equal(["size", "color=Red", "color=blue", "color=red"], data.Schema.FeatureNames.ToArray());
        Assert.Equal([1f, 0f, 0f, 1f], TestData.Row(data.Train, 0));
        Assert.Equal([2f, 0f, 1f, 0f], TestData.Row(data.Train, 1));
    }

    [Fact]
    public void Csv_ManyCategories_BecomeSparse()
    {
        string text = "c,d,x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"v{i:00},w{i % 7},{i},1\n"));
        var rows = Assert.IsType<SparseRows>(
            TestData.Load(_folder.Source("a.csv", text) with { Categorical = ["c", "d"] }).DataSet.Train);
        Assert.Equal([9, 42, 47], rows.ColumnsOf(9).ToArray());
        Assert.Equal([1f, 1f, 9f], rows.ValuesOf(9).ToArray());
    }

    [Fact]
    public void Csv_CategoryUnknownToTraining_IsNoneAndNoted()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.csv", "c,y\nu,1\nv,2\n") with { Categorical = ["c"], Target = ["y"] },
            Test = _folder.Source("b.csv", "y,c\n3,w\n4,v\n"),
        };
        var loaded = DataSets.Load(spec, TargetKind.Number, 1);
        Assert.Equal([0f, 0f], TestData.Row(loaded.DataSet.Test!, 0));
        Assert.Equal([0f, 1f], TestData.Row(loaded.DataSet.Test!, 1));
        Assert.Equal([3f, 4f], loaded.DataSet.Test!.Targets.ToArray());
        Assert.Contains(
            "1 row has a value of 'c' that no training row has", Assert.Single(loaded.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_HashedCategories_FallIntoTheirBuckets()
    {
        string text = "c,x,y\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"v{i},{i},1\n"));
        var rows = TestData.Load(
            _folder.Source("a.csv", text) with { Categorical = ["c"], HashBuckets = 64 }).DataSet.Train;
        Assert.Equal(65, rows.FeatureCount);
        for (int i = 0; i < 50; i++)
        {
            float[] row = TestData.Row(rows, i);
            Assert.Equal(i, row[0]);
            Assert.Equal(1f, row.Skip(1).Sum());
        }
        // FNV-1a of "c=v0" is known, so the buckets can never change unnoticed.
        Assert.Equal(1f, TestData.Row(rows, 0)[1 + Bucket("c=v0", 64)]);
    }

    [Fact]
    public void Csv_TwoHashedCategoriesInOneBucket_AddUp()
    {
        var source = _folder.Source(
            "a.csv", "c,d,y\nu,v,1\nw,x,2\n") with { Categorical = ["c", "d"], HashBuckets = 1 };
        Assert.Equal([2f], TestData.Row(TestData.Load(source).DataSet.Train, 0));
    }

    [Theory]
    [InlineData("mean", 2f)]
    [InlineData("-1.5", -1.5f)]
    public void Csv_Missing_IsFilledFromTheTrainingRows(string missing, float expected)
    {
        var spec = new DataSpec
        {
            Train = _folder.Source(
                "a.csv", "a,b,y\n1,1,1\n?,1,1\n3,1,1\nNA,1,1\n,1,1\nnan,1,1\n") with { Missing = missing },
            Test = _folder.Source("b.csv", "a,b,y\n100,1,1\n,1,1\n"),
        };
        var data = DataSets.Load(spec, TargetKind.Number, 1).DataSet;
        foreach (int row in new[] { 1, 3, 4, 5 }) Assert.Equal(expected, TestData.Row(data.Train, row)[0]);
        Assert.Equal(expected, TestData.Row(data.Test!, 1)[0]);
    }

    [Fact]
    public void Csv_MissingCategory_IsACategoryOfItsOwn()
    {
        var source = _folder.Source("a.csv", "c,y\nu,1\n?,2\n") with { Categorical = ["c"], Missing = "mean" };
        Assert.Equal(["c=?", "c=u"], TestData.Load(source).DataSet.Schema.FeatureNames.ToArray());
    }

    [Fact]
    public void Csv_Standardize_FitsTheTrainingRowsOfASplit()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.csv", "a,k,y\n1,5.1,1\n99,5.1,1\n3,5.1,1\n7,5.1,1\n") with { Standardize = true },
            Split = new SplitSpec { Every = 2, Offset = 1 },
        };
        var data = DataSets.Load(spec, TargetKind.Number, 1).DataSet;
        Assert.Equal([-1f, 0f], TestData.Row(data.Train, 0));
        Assert.Equal([1f, 0f], TestData.Row(data.Train, 1));
        Assert.Equal([97f, 0f], TestData.Row(data.Test!, 0));
    }

    [Theory]
    [InlineData("a,b,y\n1,2,3\n4,x,6\n", ":3: column 'b' holds 'x', which is no number: mend it, or list it " +
        "in missingTokens if it stands for a missing value.")]
    [InlineData("a,b,y\n1,2,3\n4,,6\n", ":3: column 'b' has no value: state missing: mean or missing: 0, or ignore " +
        "the column.")]
    [InlineData("a,b,y\n1,2,3\n4,5\n", ":3: 2 fields, but the first line has 3: mend the row.")]
    [InlineData("a,b,y\n1,2,3\n4,5,\n", ":3: the target 'y' is missing.")]
    [InlineData("a,b,y\n1,2,3\n4,Infinity,1\n", ":3: column 'b' holds a number beyond the 32-bit range or not " +
        "finite: mend it.")]
    [InlineData("a,b,y\n1,2,3\n4,5,no\n", ":3: the target 'y' is 'no', which is no finite number: use a loss for " +
        "classes (logistic, softmax), or mend it.")]
    [InlineData("a,b,y\n1,\"2\n\",3\n\n4,x,6\n", ":5: column 'b' holds 'x', which is no number: mend it, " +
        "or list it in missingTokens if it stands for a missing value.")]
    public void Csv_BadRow_IsRefusedWithItsLine(string text, string reason)
    {
        var source = _folder.Source("bad.csv", text);
        Assert.Equal(source.Path + reason, TestData.Fails(source).Problems[0]);
    }

    [Fact]
    public void Csv_BadRowsQuarantined_LeaveTheOthersWhole()
    {
        var source = _folder.Source("a.csv", "a,c,y\n1,u,3\n4,v,\n7,w,9\n") with { Categorical = ["c"] };
        var loaded = DataSets.Load(new DataSpec { Train = source, OnBadRow = "quarantine" }, TargetKind.Number, 1);
        Assert.Equal(["a", "c=u", "c=w"], loaded.DataSet.Schema.FeatureNames.ToArray());
        Assert.Equal([7f, 0f, 1f], TestData.Row(loaded.DataSet.Train, 1));
        Assert.Equal(3, Assert.Single(loaded.Quarantined).Line);
    }

    [Theory]
    [InlineData("a,b,y\n", "there is no row after the header")]
    [InlineData("red,round\nblue,square\n", "state header: true or header: false")]
    [InlineData("a,a,y\n1,2,3\n", "two columns are named 'a'")]
    [InlineData("a,y\n1,\"2\n", "mend the quotes")]
    [InlineData("y\n1\n2\n", "no column is left to be a feature")]
    [InlineData("a,y\n1,\u0001\n", "is no text")]
    public void Csv_UnusableFile_IsRefused(string text, string reason) => Assert.Contains(
        reason, TestData.Fails(_folder.Source("bad.csv", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Csv_WrongNames_AreRefusedTogether()
    {
        var source = _folder.Source("a.csv", "height,weight,y\n1,2,3\n") with
        {
            Target = ["z"],
            Categorical = ["heigth"],
            Ignore = ["weight"],
        };
        var problems = TestData.Fails(source).Problems;
        Assert.Equal(2, problems.Length);
        Assert.Contains("target names a column 'z', which is not there: ", problems[0], StringComparison.Ordinal);
        Assert.Contains("did you mean 'height'?", problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_NotUtf8_IsRefused()
    {
        string path = _folder.Write("a.csv", [.. Encoding.ASCII.GetBytes("a,y\n1,2\n"), 0xE9, .. ",3\n"u8]);
        Assert.Equal(
            $"{path}:3:1: the byte E9 is not UTF-8: convert the file.",
            TestData.Fails(new DataSource { Path = path }).Message);
    }

    [Fact]
    public void Csv_AMillionColumns_IsRefusedWithTheLimit()
    {
        string line = string.Concat(Enumerable.Repeat("1,", 999_999)) + "1\n";
        Assert.Contains(
            "1,000,000 columns, and at most 100,000 are allowed",
                TestData.Fails(_folder.Source("wide.csv", line + line)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_TestFileWithOtherColumns_IsRefusedWithBothCounts()
    {
        var spec = new DataSpec
        {
            Train = _folder.Source("a.csv", "a,b,y\n1,2,3\n"),
            Test = _folder.Source("b.csv", "a,c,d,y\n1,2,3,4\n"),
        };
        var problems = Assert.Throws<InputException>(() => DataSets.Load(spec, TargetKind.Number, 1)).Problems;
        Assert.Equal(2, problems.Length);
        Assert.Contains(
            "the number column 'b' of the training file is not there", problems[0], StringComparison.Ordinal);
        Assert.Contains(
            "4 columns, but the training file has 3: 'c', 'd' would be new", problems[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_ToPredict_MayLackTheTarget()
    {
        var withHeader = TestData.Load(_folder.Source("a.csv", "a,y,b\n1,2,3\n") with { Target = ["y"] });
        var plain = TestData.Load(_folder.Source("b.csv", "1,2,3\n4,5,6\n") with { Target = ["1"] });
        var named = DataSets.LoadLike(
            _folder.Source("c.csv", "b,a\n8,7\n"), withHeader.Encoding, false, "fail", 0).Rows;
        var unnamed = DataSets.LoadLike(_folder.Source("d.csv", "7,8\n"), plain.Encoding, false, "fail", 0).Rows;
        Assert.Equal([7f, 8f], TestData.Row(named, 0));
        Assert.Equal([7f, 8f], TestData.Row(unnamed, 0));
        Assert.Contains("target column 'y'", Assert.Throws<InputException>(
            () => DataSets.LoadLike(
                _folder.Source("e.csv", "b,a\n8,7\n"), withHeader.Encoding, true, "fail", 0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_EncodingThroughJson_ReadsTheSameRows()
    {
        var source = _folder.Source("a.csv", "a,c,y\n1,u,no\n?,v,yes\n4,u,yes\n") with
        {
            Categorical = ["c"],
            Missing = "mean",
            Standardize = true,
        };
        var loaded = TestData.Load(source, TargetKind.BinaryClass);
        var encoding = DataEncoding.FromJson(loaded.Encoding.ToJson());
        Assert.Equal(loaded.Encoding.ToJson(), encoding.ToJson());
        var (rows, _) = DataSets.LoadLike(new DataSource { Path = source.Path }, encoding, true, "fail", 0);
        Assert.Equal(loaded.DataSet.ContentHash, ContentHash.Of(encoding.Schema, rows, null));
        Assert.Equal(["no", "yes"], encoding.Schema.ClassNames.ToArray());
    }

    [Fact]
    public void Csv_NoTargetWanted_UsesAllColumnsButANamedTarget()
    {
        var source = _folder.Source("a.csv", "a,b,y\n1,2,z\n4,5,w\n");
        Assert.Equal(2, TestData.Load(source with { Target = ["y"] }, TargetKind.None).DataSet.Train.FeatureCount);
        Assert.Equal(2, TestData.Load(source with { Ignore = ["y"] }, TargetKind.None).DataSet.Train.FeatureCount);
    }

    [Fact]
    public void DataEncoding_NoJson_IsRefused() =>
        Assert.Throws<InputException>(() => DataEncoding.FromJson("{\"format\":1}"));

    private static int Bucket(string text, int buckets)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(text)) hash = unchecked((hash ^ b) * 1099511628211);
        return (int)((uint)(hash ^ (hash >> 32)) % (uint)buckets);
    }
}
