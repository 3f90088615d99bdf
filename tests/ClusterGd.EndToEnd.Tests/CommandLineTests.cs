using Xunit;

namespace ClusterGd.EndToEnd.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("predict")]
    [InlineData("data info")]
    [InlineData("data generate")]
    [InlineData("export")]
    [InlineData("health")]
    [InlineData("simulate")]
    [InlineData("completion")]
    public void Help_OfAVerb_HasExamplesOfIt(string verb)
    {
        var result = _cli.Run([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, result.ExitCode);
        int examples = result.Output.IndexOf("Examples:", StringComparison.Ordinal);
        Assert.Contains($"clustergd {verb} ", result.Output[examples..]);
    }

    [Fact]
    public void Verb_Unknown_IsRefusedWithTheNearestOne()
    {
        var result = _cli.Run("trian", "job.yaml");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Did you mean 'train'?", result.Error);
        Assert.True(result.IsForPeople);
    }

    [Theory]
    [InlineData("train nope.yaml", "The job file nope.yaml is not there; check the path.")]
    [InlineData("train .", ". is a folder; name the job file in it.")]
    [InlineData("train", "Required argument 'JOB.yaml' missing")]
    [InlineData("train a.yaml --nodes 65", "--nodes is 65, allowed is a whole number from 1 to 64; change it.")]
    [InlineData("train a.yaml --nodes many", "Cannot parse argument 'many' for option '--nodes' as a whole number.")]
    [InlineData("predict nope --data a.csv --out b.csv", "nope is no folder;")]
    [InlineData("export . --format csv --out b.csv", ". holds no run (no job.yaml);")]
    [InlineData("export . --format onnx --out b.csv", "onnx")]
    [InlineData("evaluate nope --data a.csv", "nope is no folder;")]
    [InlineData("data info nope.csv", "nope.csv does not exist")]
    [InlineData("data generate linear --rows 0 --out a.csv", "rows is 0")]
    [InlineData("health localhost:8080", "URL is localhost:8080, allowed is http://HOST:PORT/PATH; change it.")]
    [InlineData("completion fish", "fish")]
    public void Input_Wrong_IsASentenceAndExitCode2(string line, string sentence)
    {
        var result = _cli.Run(line.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
        Assert.Empty(result.Output);
        Assert.True(result.IsForPeople);
    }

    [Fact]
    public void Train_JobWithMistakes_TellsAllOfThem()
    {
        _cli.Write("job.yaml", """
            data: { train: { path: a.csv } }
            model: liner
            training: { epochs: 0 }
            """);
        var result = _cli.Run("train", "job.yaml", "--json");
        Assert.Equal(2, result.ExitCode);
        var lines = result.Error.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("job.yaml:2:8: model.kind is 'liner', ", lines[0]);
        Assert.StartsWith("job.yaml:3:21: training.epochs is 0, ", lines[1]);
        Assert.False(Directory.Exists(Path.Combine(_cli.Folder, "runs")));
    }

    [Fact]
    public void Train_MissingDataFile_IsNamedAndLeavesNoRunFolder()
    {
        _cli.Write("job.yaml", "data: { train: { path: nope.csv } }\nmodel: linear");
        var result = _cli.Run("train", "job.yaml");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(Path.Combine(_cli.Folder, "nope.csv"), result.Error);
        Assert.True(result.IsForPeople);
        Assert.False(Directory.Exists(Path.Combine(_cli.Folder, "runs")));
    }

    [Fact]
    public void Train_TargetsThatTheLossRefuses_AreNamedAndLeaveNoRunFolder()
    {
        _cli.Write("a.csv", "x,y\n1,2\n2,-3\n");
        _cli.Write("job.yaml", "data: { train: { path: a.csv }, test: { path: a.csv } }\nmodel: linear\nloss: poisson");
        var result = _cli.Run("train", "job.yaml");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("loss: training target 2 is -3, allowed is a number of at least 0", result.Error);
        Assert.Contains("loss: test target 2 is -3, allowed is a number of at least 0", result.Error);
        Assert.False(Directory.Exists(Path.Combine(_cli.Folder, "runs")));
    }

    [Fact]
    public void Train_RunFolderTaken_IsToldBeforeTheDataIsRead()
    {
        _cli.Write("job.yaml", "data: { train: { path: nope.csv } }\nmodel: linear");
        _cli.Write("metrics.jsonl", "");
        var result = _cli.Run("train", "job.yaml", "--run-dir", ".");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(". already holds a run; name another folder or remove this one.", result.Error.Trim());
    }

    [Theory]
    [InlineData("train", "")]
    [InlineData("train", "job.yaml", "--run-dir", "")]
    [InlineData("evaluate", "", "--data", "a.csv")]
    [InlineData("data", "info", "")]
    [InlineData("data", "generate", "linear", "--out", "")]
    [InlineData("data", "generate", "linear", "--out=")]
    public void Path_Empty_IsASentenceAndExitCode2(params string[] line)
    {
        _cli.Write("job.yaml", "data: { train: { path: nope.csv } }\nmodel: linear");
        var result = _cli.Run(line);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("empty", result.Error);
        Assert.True(result.IsForPeople);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("pwsh")]
    public void Completion_OfAShell_AsksTheProgram(string shell) =>
        Assert.Contains("[suggest:", _cli.Run("completion", shell).Output);

    [Fact]
    public void Suggest_BeginningOfAnOption_GivesItsWhole() =>
        Assert.Equal("--nodes\n--nodes-min", _cli.Run("[suggest:9]", "train --n").Output.Trim());

    [Fact]
    public void Suggest_EmptyLine_GivesEveryVerbAndHelpInOneSpelling()
    {
        string[] words = _cli.Run("[suggest:0]", "").Output.Trim().Split('\n');
        Assert.Contains("train", words);
        Assert.Contains("--help", words);
        Assert.DoesNotContain("/?", words);
    }
}
