using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;
using Xunit;

namespace ClusterGd.Data.Tests;

/// <summary>Counts of public data sets, from their own documentation.</summary>
public sealed class PublicDataTests
{
    [SkippableTheory]
    [InlineData("libsvm/a9a.gz", TargetKind.BinaryClass, 32_561, 123, 451_592, 7_841)]
    [InlineData("libsvm/ijcnn1.gz", TargetKind.BinaryClass, 49_990, 22, 649_870, 4_853)]
    [InlineData("libsvm/ijcnn1.t.gz", TargetKind.BinaryClass, 91_701, 22, 1_192_113, 8_712)]
    [InlineData("libsvm/mushrooms.gz", TargetKind.BinaryClass, 8_124, 112, 170_604, 4_208)]
    [InlineData("libsvm/phishing.gz", TargetKind.BinaryClass, 11_055, 68, 331_650, 6_157)]
    [InlineData("libsvm/covtype.binary.sample197k.scale01.gz", TargetKind.BinaryClass, 197_100, 54, 2_354_402, 96_115)]
    [InlineData("libsvm/pendigits.gz", TargetKind.Class, 7_494, 16, 104_535, 779)]
    [InlineData("libsvm/pendigits.t.gz", TargetKind.Class, 3_498, 16, 48_773, 364)]
    [InlineData("libsvm/abalone_scale.gz", TargetKind.Number, 4_177, 8, 32_080, 1)]
    public void LibSvm_PublicSet_HasItsCounts(
        string file, TargetKind kind, int rows, int features, int nonZeros, int ofClassOne)
    {
        string? path = TestData.Find(file);
        Skip.If(path is null, TestData.AbsenceReason);
        var source = new DataSource { Path = path };
        var raw = LibSvmReader.Read(source, IndexPlan.Of(source), kind, new BadRows(path, BadRows.Fail, 0));
        Assert.Equal(nonZeros, raw.Values.Count);
        var train = TestData.Load(source, kind).DataSet.Train;
        Assert.Equal((rows, features), (train.Count, train.FeatureCount));
        Assert.Equal(nonZeros * 2 < rows * features, train is SparseRows);
        Assert.Equal(ofClassOne, train.Targets.ToArray().Count(t => t == 1));
    }

    [Fact]
    public void A9a_Sample_HasItsCounts()
    {
        var spec = new DataSpec
        {
            Train = new DataSource { Path = TestData.Sample("a9a/a9a.gz"), Format = "libsvm" },
            Test = new DataSource { Path = TestData.Sample("a9a/a9a.t.gz") },
        };
        var data = DataSets.Load(spec, TargetKind.BinaryClass, 1).DataSet;
        Assert.Equal((32_561, 123, 451_592L), (data.Train.Count, data.Train.FeatureCount, data.Train.StoredCount));
        Assert.Equal((16_281, 123, 225_731L), (data.Test!.Count, data.Test.FeatureCount, data.Test.StoredCount));
        Assert.Equal(3_846, data.Test.Targets.ToArray().Count(t => t == 1));
        Assert.Equal(["-1", "1"], data.Schema.ClassNames.ToArray());
    }

    [SkippableFact]
    public void FashionMnist_BothParts_HaveTheirCounts()
    {
        Skip.If(TestData.Find("fashion-mnist/train-images-idx3-ubyte.gz") is null, TestData.AbsenceReason);
        var spec = new DataSpec { Train = FashionMnist("train"), Test = FashionMnist("t10k") };
        var data = DataSets.Load(spec, TargetKind.Class, 1).DataSet;
        Assert.Equal((60_000, 784), (data.Train.Count, data.Train.FeatureCount));
        Assert.Equal(10_000, data.Test!.Count);
        Assert.Equal(10, data.Schema.ClassNames.Length);
        for (int c = 0; c < 10; c++) Assert.Equal(1_000, data.Test.Targets.ToArray().Count(t => t == c));
        Assert.Equal(1f, ((DenseRows)data.Train).Values.ToArray().Max());
    }

    [SkippableFact]
    public void Adult_RawColumns_GiveTheRowsOfItsDocumentation()
    {
        Skip.If(TestData.Find("misc/adult.train.csv.gz") is null, TestData.AbsenceReason);
        var spec = new DataSpec
        {
            Train = new DataSource
            {
                Path = TestData.Find("misc/adult.train.csv.gz")!,
                Target = ["income"],
                Categorical =
                [
                    "workclass", "education", "marital-status", "occupation", "relationship", "race", "sex",
                    "native-country",
                ],
                Missing = "mean",
                Standardize = true,
            },
            Test = new DataSource { Path = TestData.Find("misc/adult.test.csv.gz")! },
        };
        var loaded = DataSets.Load(spec, TargetKind.BinaryClass, 1);
        Assert.Equal(["<=50K", ">50K"], loaded.DataSet.Schema.ClassNames.ToArray());
        Assert.Equal(32_561, loaded.DataSet.Train.Count);
        Assert.Equal(7_841, loaded.DataSet.Train.Targets.ToArray().Count(t => t == 1));
        Assert.Equal(3_846, loaded.DataSet.Test!.Targets.ToArray().Count(t => t == 1));
        // 6 numbers and 9 + 16 + 7 + 15 + 6 + 5 + 2 + 42 categories, the missing ones among them.
        Assert.Equal(108, loaded.DataSet.Train.FeatureCount);
    }

    [SkippableFact]
    public void CaliforniaHousing_Blanks_AreFilledWithTheMean()
    {
        string? path = TestData.Find("regression/california_housing.handson.csv.gz");
        Skip.If(path is null, TestData.AbsenceReason);
        var source = new DataSource { Path = path, Target = ["median_house_value"], Categorical = ["ocean_proximity"] };
        Assert.Contains(
            "column 'total_bedrooms' has no value", TestData.Fails(source).Message, StringComparison.Ordinal);
        var quarantined = DataSets.Load(
            new DataSpec { Train = source, OnBadRow = "quarantine", BadRowsMax = 207 }, TargetKind.Number, 1);
        Assert.Equal(207, quarantined.Quarantined.Length);
        var filled = TestData.Load(source with { Missing = "mean" }).DataSet.Train;
        Assert.Equal((20_640, 13), (filled.Count, filled.FeatureCount));
    }

    [SkippableTheory]
    [InlineData("regression/california_housing.csv.gz", TargetKind.Number, 20_640, 8)]
    [InlineData("misc/digits_sklearn.csv.gz", TargetKind.Class, 1_797, 64)]
    [InlineData("misc/skin_nonskin.tsv.gz", TargetKind.BinaryClass, 245_057, 3)]
    [InlineData("regression/diabetes_raw.csv.gz", TargetKind.Number, 442, 9)]
    public void Csv_PublicSet_HasItsCounts(string file, TargetKind kind, int rows, int features)
    {
        string? path = TestData.Find(file);
        Skip.If(path is null, TestData.AbsenceReason);
        var train = TestData.Load(new DataSource { Path = path }, kind).DataSet.Train;
        Assert.Equal((rows, features), (train.Count, train.FeatureCount));
    }

    private static DataSource FashionMnist(string part) => new()
    {
        Path = TestData.Find($"fashion-mnist/{part}-images-idx3-ubyte.gz")!,
        Labels = TestData.Find($"fashion-mnist/{part}-labels-idx1-ubyte.gz"),
        Scale = 255,
    };
}
