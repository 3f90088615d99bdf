using System.Text.Json.Nodes;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>The page of keys and the schema say what the reader accepts.</summary>
public sealed class JobKeyTests
{
    private const int Seeds = 1000;

    private static readonly JobSection s_job = JobSection.OfJob(JobTables.All);
    private static readonly JsonNode s_schema = JsonNode.Parse(JobSchema.Write(JobTables.All))!;

    public static TheoryData<string> Samples() => new(
        Directory.EnumerateFiles(Path.Combine(Root(), "deploy", "samples"), "job.yaml", SearchOption.AllDirectories));

    [Theory, MemberData(nameof(Samples))]
    public void Schema_SampleJob_IsValid(string path) => Assert.True(JsonSchemaCheck.IsValid(
        s_schema, YamlTree.Parse(File.ReadAllText(path), path, new JobProblems())!));

    [Fact]
    public void Schema_JobsThatAreRead_AreValid()
    {
        int read = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            string text = new JobDraw(seed).Text(s_job);
            try
            {
                JobFile.Parse(text, "drawn", [], JobTables.All, "/data");
            }
            catch (InputException)
            {
                continue;
            }
            read++;
            Assert.True(JsonSchemaCheck.IsValid(s_schema, YamlTree.Parse(text, "", new JobProblems())!), text);
        }
        Assert.InRange(read, Seeds / 10, Seeds);
    }

    [Theory]
    [InlineData("data: { train: { path: a.csv } }\nmodel: liner")]
    [InlineData("data: { train: { path: a.csv } }\nmodel: linear\ntraining: { epochs: 0 }")]
    [InlineData("data: { train: { path: a.csv, tarrget: y } }\nmodel: linear")]
    [InlineData("data: { train: { path: a.csv } }")]
    [InlineData("data: { train: { path: a.csv } }\nmodel: { kind: linear, hidden: [3] }")]
    [InlineData("data: { train: { path: a.csv } }\nmodel: linear\nstop: [ { on: steps } ]")]
    public void Schema_JobThatIsRefused_IsNotValid(string text) =>
        Assert.False(JsonSchemaCheck.IsValid(s_schema, YamlTree.Parse(text, "", new JobProblems())!));

    [Fact]
    public void Page_EveryKeyKindAndOption_HasALine()
    {
        string page = JobKeyTable.Text(JobTables.All);
        string[] lines = [.. page.Split('\n').Select(line => line.Trim())];
        Assert.All(Words(s_job).Distinct(), word =>
            Assert.Contains(lines, line => line == word || line.StartsWith(word + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void Page_OfTheDocumentation_IsWhatTheTablesSay()
    {
        string path = Path.Combine(Root(), "deploy", "samples", "job-keys.md");
        bool isSame = File.Exists(path) && File.ReadAllText(path) == JobKeyTable.Markdown(JobTables.All);
        Assert.True(isSame, "deploy/samples/job-keys.md is older than the tables: "
            + "clustergd job keys --markdown > deploy/samples/job-keys.md");
    }

    private static IEnumerable<string> Words(JobSection section) =>
    [
        .. section.Keys.Select(key => key.Name),
        .. section.Kinds.Select(kind => $"{section.KindKey}: {kind.Name}"),
        .. section.Kinds.SelectMany(kind => kind.Options).Select(option => option.Name),
        .. section.Keys.Where(key => key.Section is not null).SelectMany(key => Words(key.Section!)),
    ];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "ClusterGd.sln"))) folder = folder.Parent;
        return folder.FullName;
    }
}
