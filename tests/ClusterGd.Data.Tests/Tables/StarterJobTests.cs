using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Tables;

/// <summary>The job that <c>clustergd init</c> writes trains as it is.</summary>
public sealed class StarterJobTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void StarterJob_DecimalComma_Trains() => Assert.Equal(1.0, Trained("x1;x2;label\n" + Outcome.TwoClasses(
        (x1, x2, label) => $"{Outcome.Comma(x1)};{Outcome.Comma(x2)};{label}"))["accuracy"]);

    [Fact]
    public void StarterJob_Thousands_Trains() => Assert.Equal(1.0, Trained("amount,x2,label\n" + Outcome.TwoClasses(
        (x1, x2, label) => string.Create(
            CultureInfo.InvariantCulture, $"\"{2000.5 + Math.Round(2000 * x1):N2}\",{x2:0.000},{label}")))["accuracy"]);

    [Fact]
    public void StarterJob_TrailingDelimiterAndExcelsLine_Trains() => Assert.Equal(1.0, Trained(
        "sep=;\nx1;x2;label;\n" + Outcome.TwoClasses(
            (x1, x2, label) => $"{Outcome.Text(x1)};{Outcome.Text(x2)};{label};"))["accuracy"]);

    [Fact]
    public void StarterJob_Blanks_Trains() => Assert.Equal(1.0, Trained(Outcome.TwoClasses(
        (x1, x2, label) => $"  {Outcome.Text(x1)}   {Outcome.Text(x2)} \t {label}"))["accuracy"]);

    [Fact]
    public void StarterJob_HeaderThatCounts_TrainsThreeClasses() =>
        Assert.Equal(1.0, Trained("0,1,2,3\n" + Outcome.ThreeClasses("2", "5", "9"))["accuracy"]);

    [Fact]
    public void StarterJob_LongIds_TrainsThreeClasses() => Assert.Equal(1.0, Trained(
        "x1,x2,x3,seller\n" + Outcome.ThreeClasses(
            "760123456789012301", "760123456789012302", "760123456789012399"))["accuracy"]);

    [Fact]
    public void StarterJob_MissingTokensAndWords_Trains() => Assert.Equal(1.0, Trained(
        "x1,x2,word,label\n" + Outcome.TwoClasses((x1, x2, label) =>
        {
            string cell = x2 > 0.3 ? "N/A" : x2 < -0.4 ? "unknown" : Outcome.Text(x2);
            return $"{Outcome.Text(x1)},{cell},{(x2 > 0 ? "it's" : "b: c")},{label}";
        }))["accuracy"]);

    [Fact]
    public void StarterJob_Namibia_Trains()
    {
        int row = 0;
        Assert.Equal(1.0, Trained("country,x2,label\n" + Outcome.TwoClasses((_, x2, label) =>
            $"{(label == 1 ? "NA" : row++ % 2 == 0 ? "US" : "DE")},{Outcome.Text(x2)},{label}"))["accuracy"]);
    }

    [Fact]
    public void StarterJob_UnixSeconds_FitsALine() => Assert.InRange(Trained("time,y\n" + string.Concat(
        Enumerable.Range(0, 2_000).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"{1_700_000_000 + i},{0.5 * i:0.0}\n"))))["rmse"], 0, 0.01);

    [Fact]
    public void StarterJob_LabelInTheFirstColumnWithoutNames_IsTheTarget() => Assert.Equal(1.0, Trained(
        Outcome.TwoClasses((x1, x2, label) => $"{label}.0,{Outcome.Text(x1)},{Outcome.Text(x2)}"))["accuracy"]);

    [Fact]
    public void StarterJob_LibSvm_Trains() => Assert.Equal(1.0, Trained(Outcome.TwoClasses(
        (x1, x2, label) => $"{label} 1:{Outcome.Text(x1)} 2:{Outcome.Text(x2)}"), "a.libsvm")["accuracy"]);

    [Theory]
    [InlineData("{0} 0:{1} 1:{2}", "indexBase: 0")]
    [InlineData("{0} qid:3 1:{1} 2:{2}", "group: ignore")]
    public void StarterJob_LibSvmThatNeedsAKey_TrainsWithIt(string row, string key)
    {
        string text = Outcome.TwoClasses((x1, x2, label) => string.Format(
            CultureInfo.InvariantCulture, row, label, Outcome.Text(x1), Outcome.Text(x2)));
        Assert.Contains($"\n    {key}\n", Written(text, "a.libsvm").Yaml, StringComparison.Ordinal);
        Assert.Equal(1.0, Trained(text, "a.libsvm")["accuracy"]);
    }

    /// <summary>A million features are not trained here: that takes a minute.</summary>
    [Theory]
    [InlineData("1 7:1 60000000:1\n0 7:1\n")]
    [InlineData("1 7:1 2147483646:1\n0 7:1\n")]
    public void StarterJob_LibSvmOfFarIndices_HashesThem(string text) => Assert.Contains(
        "\n    hashBuckets: 1048576\n", Written(text, "a.libsvm").Yaml, StringComparison.Ordinal);

    [Fact]
    public void StarterJob_LibSvmOfSeveralLabels_TrainsOneOutputEach() => Assert.Equal(1.0, Trained(Outcome.TwoClasses(
        (x1, x2, label) => $"{(label == 1 ? "0,2" : "1")} 1:{Outcome.Text(x1)} 2:{Outcome.Text(x2)}"),
        "a.libsvm")["accuracy"]);

    [Fact]
    public void StarterJob_ColumnNamedAsAWeight_IsOfferedAsOne() => Assert.Contains(
        "\n    # the weight of each row, perhaps, by its name; read as a feature here\n    # weight: w\n",
        Written("x,y,w\n0,0,1\n0,1,3\n1,2,1\n", "a.csv").Yaml, StringComparison.Ordinal);

    [Fact]
    public void StarterJob_WordsThatDifferInEachRowAsTarget_IsRefused()
    {
        var source = _folder.Source("a.csv", "x,name\n" + string.Concat(
            Enumerable.Range(0, 9).Select(i => $"{i * i},n{i}\n")));
        Assert.Contains("name the target with --target", Assert.Throws<InputException>(
            () => StarterJob.Of(DataInfo.Describe(source), "a.csv", null)).Message, StringComparison.Ordinal);
    }

    /// <summary>Metrics of the job that is written for a file, read as the command line reads it.</summary>
    private IReadOnlyDictionary<string, double> Trained(string text, string name = "it's a table.csv")
    {
        var (yaml, folder) = Written(text, name);
        return Outcome.Of(JobFile.Parse(yaml, "job.yaml", [], JobTables.All, folder));
    }

    private (string Yaml, string Folder) Written(string text, string name)
    {
        var source = _folder.Source(name, text);
        string folder = System.IO.Path.GetDirectoryName(source.Path)!;
        return (StarterJob.Of(DataInfo.Describe(source), name, null), folder);
    }
}
