using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

public class UnusedSectionTests
{
    private const string KMeans = "data: { train: { path: a.csv } }\nmodel: kmeans\n";

    [Theory]
    [InlineData("loss: hinge", "loss")]
    [InlineData("loss: { l2: 0.1 }", "loss")]
    [InlineData("optimizer: adam", "optimizer")]
    [InlineData("optimizer: { learningRate: 2 }", "optimizer")]
    public void Read_SectionThatKMeansIgnores_IsRefused(string line, string section)
    {
        var refused = Assert.Throws<InputException>(() => Read(KMeans + line));
        Assert.Equal($"job.yaml:3:1: {section} means nothing for model kmeans; remove it.", refused.Message);
    }

    [Fact]
    public void Read_CanonicalTextOfKMeans_IsTaken()
    {
        var text = JobText.Write(Read(KMeans), JobTables.All);
        Assert.Contains("learningRate", text, StringComparison.Ordinal);
        Assert.Equal(text, JobText.Write(Read(text), JobTables.All));
    }

    private static Job Read(string text) => JobFile.Parse(text, "job.yaml", [], JobTables.All, "/data");
}
