using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary><c>clustergd init</c>: a file of rows to a job that trains.</summary>
public sealed class InitCommandTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Init_EuropeanTable_WritesAJobThatTrainsAsItIs()
    {
        _cli.Write("rows.csv", "sep=;\nx;price;\n" + string.Concat(
            Enumerable.Range(0, 40).Select(i => $"{i / 10},{i % 10};{i * 2},5;\n")));
        Assert.Equal(0, _cli.Run("init", "rows.csv").ExitCode);
        string job = File.ReadAllText(Path.Combine(_cli.Folder, "job.yaml"));
        Assert.Contains("decimal: ','", job);
        Assert.Contains("loss: squared", job);

        var trained = _cli.Run("train", "job.yaml", "--run-dir", "run");
        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("each line ends with ';'", trained.Error);
        Assert.Equal(0, _cli.Run("evaluate", "run", "--data", "rows.csv").ExitCode);
    }

    [Fact]
    public void Init_FileIsThere_ReplacesItWithForceOnly()
    {
        _cli.Write("rows.csv", "x,y\n1,2\n2,4\n3,6\n4,8\n");
        _cli.Write("job.yaml", "mine");
        var refused = _cli.Run("init", "rows.csv");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--out job.yaml exists; name another file, or replace it by --force", refused.Error);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_cli.Folder, "job.yaml")));
        Assert.Equal(0, _cli.Run("init", "rows.csv", "--force").ExitCode);
        Assert.Contains("path: rows.csv", File.ReadAllText(Path.Combine(_cli.Folder, "job.yaml")));
    }
}
