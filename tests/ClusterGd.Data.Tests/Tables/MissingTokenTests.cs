using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>Which words stand for a missing value, and where.</summary>
public sealed class MissingTokenTests : IDisposable
{
    private static readonly string[] s_tokens =
        ["N/A", "null", "NULL", "None", "-", "#N/A", "NaN", "", "?", ".", "na", "<NA>", "\\N", "--", "missing", "n.a."];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_CommonTokensInANumericColumn_AreFilledAndTheClassesSeparate()
    {
        int row = 0;
        var source = _folder.Source("a.csv", "x1,x2,label\n" + Outcome.TwoClasses(
            (x1, _, label) => $"{Outcome.Text(x1)},{(row < s_tokens.Length ? s_tokens[row++] : "2")},{label}"));
        var loaded = TestData.Load(source with { Missing = "mean" }, TargetKind.BinaryClass);
        for (int i = 0; i < 40; i++) Assert.Equal(2f, TestData.Row(loaded.DataSet.Train, i)[1]);
        Assert.Equal(1.0, Outcome.Of(source with { Missing = "mean" }, "logistic")["accuracy"]);
    }

    [Fact]
    public void Load_ListedTokens_AreMissingBesideTheCommonOnes()
    {
        var source = _folder.Source("a.csv", "x,y\n1,1\n-999,2\nunknown,3\nNA,4\n-999.0,5\n3,6\n") with
        {
            Missing = "mean", MissingTokens = ["-999", "unknown"],
        };
        var train = TestData.Load(source).DataSet.Train;
        Assert.Equal([1f, 2f, 2f, 2f, 2f, 3f], Enumerable.Range(0, 6).Select(i => TestData.Row(train, i)[0]));
    }

    [Fact]
    public void Load_WordAmongNumbers_AdvisesMissingTokensAndNotCategorical()
    {
        string message = TestData.Fails(_folder.Source("a.csv", "x,y\n1,1\n2,2\nunknown,3\n4,4\n")).Message;
        Assert.Contains(":4: column 'x' holds 'unknown', which is no number: mend it, or list it in missingTokens",
            message, StringComparison.Ordinal);
        Assert.DoesNotContain("categorical", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_NamibiaInACategoricalColumn_IsACategory()
    {
        var source = Countries();
        var loaded = TestData.Load(source, TargetKind.BinaryClass);
        Assert.Equal(["country=DE", "country=NA", "country=US", "x2"], loaded.DataSet.Schema.FeatureNames.ToArray());
        Assert.Equal(1.0, Outcome.Of(source, "logistic")["accuracy"]);
        Assert.Contains(loaded.Notes, n => n.Contains("add missingTokens: ['NA']", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_TokenListedForACategoricalColumn_IsMissing()
    {
        var source = Countries() with { MissingTokens = ["NA"] };
        Assert.Contains("column 'country' has no value", TestData.Fails(source).Message, StringComparison.Ordinal);
        Assert.Equal(["country=?", "country=DE", "country=US", "x2"],
            TestData.Load(source with { Missing = "mean" }).DataSet.Schema.FeatureNames.ToArray());
    }

    [Fact]
    public void Load_MissingWordAsALabel_IsAClassAndNoted()
    {
        var loaded = TestData.Load(_folder.Source("a.csv", "x,y\n1,NA\n2,US\n3,NA\n4,US\n"), TargetKind.BinaryClass);
        Assert.Equal(["NA", "US"], loaded.DataSet.Schema.ClassNames.ToArray());
        Assert.Contains(
            loaded.Notes, n => n.Contains("the label 'NA' is a class like others", StringComparison.Ordinal));
    }

    [Fact]
    public void FromJson_EncodingOfBefore_HasTheTokensOfBefore()
    {
        var trained = TestData.Load(_folder.Source("a.csv", "c,y\nu,1\n,2\nu,3\n") with
        {
            Categorical = ["c"], Missing = "mean",
        });
        string old = trained.Encoding.ToJson().Replace(",\"missingTokens\":[]", "", StringComparison.Ordinal);
        Assert.NotEqual(trained.Encoding.ToJson(), old);
        var rows = DataSets.LoadLike(
            _folder.Source("b.csv", "c,y\n?,1\nNA,2\n"), DataEncoding.FromJson(old), true, "fail", 0).Rows;
        Assert.Equal([1f, 0f], TestData.Row(rows, 0));
        Assert.Equal([1f, 0f], TestData.Row(rows, 1));
    }

    private DataSource Countries()
    {
        int row = 0;
        return _folder.Source("country.csv", "country,x2,label\n" + Outcome.TwoClasses((_, x2, label) =>
            $"{(label == 1 ? "NA" : row++ % 2 == 0 ? "US" : "DE")},{Outcome.Text(x2)},{label}")) with
        {
            Categorical = ["country"],
        };
    }
}
