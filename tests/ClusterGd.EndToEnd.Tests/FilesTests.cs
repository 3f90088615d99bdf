using System.Diagnostics;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>What commands read and write: names that show no format, outputs, pipes, rows with gaps.</summary>
public sealed class FilesTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    private string At(string name) => Path.Combine(_cli.Folder, name);

    private CliResult Ok(params string[] args)
    {
        var result = _cli.Run(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.ExitCode}\n{result.Error}");
        return result;
    }

    private string Refused(params string[] args)
    {
        var result = _cli.Run(args);
        Assert.Equal(2, result.ExitCode);
        Assert.True(result.IsForPeople, result.Error);
        return result.Error;
    }

    private CliResult Shell(string command) => _cli.RunShell(command.Replace("clustergd", $"dotnet {Cli.Program}"));

    /// <summary>A run of a table of two columns and a target, in the folder "run".</summary>
    private void TrainTable()
    {
        _cli.Write("rows.csv", "a,b,y\n1,2,3\n2,1,3\n3,4,7\n4,4,8\n5,2,7\n6,1,7\n");
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv, target: y } }
            model: linear
            training: { epochs: 2, shards: 2, batchSize: 4 }
            """);
        Ok("train", "job.yaml", "--run-dir", "run", "--quiet");
    }

    [Fact, Trait("Depth", "deep")]
    public void Run_OfFilesWhoseNamesShowNoFormat_IsReadByEveryVerb()
    {
        string sample = Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a");
        File.Copy(Path.Combine(sample, "a9a.gz"), At("a9a.gz"));
        File.Copy(Path.Combine(sample, "a9a.t.gz"), At("a9a.t.gz"));
        _cli.Write("job.yaml", """
            data: { train: { path: a9a.gz }, test: { path: a9a.t.gz } }
            model: linear
            loss: logistic
            training: { epochs: 2 }
            """);
        string hash = Ok("train", "job.yaml", "--run-dir", "run").Output.Trim().Split('\n')[^1];

        Assert.Contains(hash, Ok("train", "job.yaml", "--run-dir", "two", "--processes", "2").Output);
        Assert.Contains(hash, Ok("evaluate", "run", "--data", "a9a.t.gz").Output);
        Ok("predict", "run", "--data", "a9a.t.gz", "--out", "p.csv");
        Ok("export", "run", "--format", "csv", "--out", "c.csv");
        Ok("audit", "run");
        Assert.Contains(hash["model ".Length..], Ok("replay", "run").Output);
        Assert.Contains("there is nothing to resume", Refused("resume", "run"));
        Assert.Equal(16_282, File.ReadLines(At("p.csv")).Count());
    }

    [Fact, Trait("Depth", "deep")]
    public void Output_PlacesThatCannotBe_AreRefusedAndNothingIsLeft()
    {
        TrainTable();
        string data = File.ReadAllText(At("rows.csv"));
        File.CreateSymbolicLink(At("link.csv"), "rows.csv");
        Process.Start("ln", [At("rows.csv"), At("hard.csv")]).WaitForExit();
        _cli.Write("old.csv", "old");
        string[] predict = ["predict", "run", "--data", "rows.csv", "--out"];

        foreach (string same in new[] { "rows.csv", "./run/../rows.csv", At("rows.csv"), "link.csv", "hard.csv" })
        {
            Assert.Contains("an output never replaces an input", Refused([.. predict, same, "--force"]));
        }
        Assert.Contains("an output never replaces an input", Refused([.. predict, "run/job.yaml", "--force"]));
        Assert.Contains("--out old.csv exists; name another file, or replace it by --force.",
            Refused([.. predict, "old.csv"]));
        Assert.Contains("there is no folder nodir; make it", Refused([.. predict, "nodir/x.csv"]));
        Assert.Contains("is a folder; name a file in it", Refused([.. predict, "run"]));
        Assert.Contains("is a folder; name a file in it", Refused([.. predict, "new/"]));
        Assert.Equal((data, "old"), (File.ReadAllText(At("rows.csv")), File.ReadAllText(At("old.csv"))));

        Ok([.. predict, "old.csv", "--force"]);
        Assert.Equal(7, File.ReadLines(At("old.csv")).Count());
        File.CreateSymbolicLink(At("new-link.csv"), "new.csv");
        Ok([.. predict, "new-link.csv"]);
        Assert.Equal(7, File.ReadLines(At("new.csv")).Count());
        File.CreateSymbolicLink(At("lost.csv"), "nodir/new.csv");
        Refused([.. predict, "lost.csv"]);
        Assert.Empty(Directory.EnumerateFiles(_cli.Folder, "*.part*"));
    }

    [Theory]
    [InlineData("clustergd predict run --data - --out - < rows.csv", 7)]
    [InlineData("cat rows.csv | clustergd predict run --data /dev/stdin --out /dev/stdout", 7)]
    [InlineData("cat rows.csv | gzip | clustergd predict run --data - --out -", 7)]
    [InlineData("clustergd predict run --data rows.csv --out - | head -n 1", 1)]
    [InlineData("cat job.yaml | clustergd train - --run-dir piped --quiet > /dev/null && cat rows.csv", 7)]
    [InlineData("clustergd export run --format csv --out -", 4)]
    [InlineData("(clustergd predict run --data rows.csv --out -; seq 9) > both.csv && cat both.csv", 16)]
    public void Standard_InputAndOutput_WorkInAPipe(string command, int lines)
    {
        TrainTable();
        var result = Shell(command);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(lines, result.Output.Trim().Split('\n').Length);
        Assert.DoesNotContain("should not have happened", result.Error);
    }

    [Theory]
    [InlineData("clustergd predict run --data rows.csv --out /dev/full", "No space left on device")]
    [InlineData("clustergd predict run --data rows.csv --out - > /dev/full", "No space left on device")]
    [InlineData("clustergd evaluate run --data rows.csv > /dev/full", "No space left on device")]
    [InlineData("clustergd predict run --data /dev/null --out p.csv", "is empty, or a pipe or device")]
    [InlineData("clustergd predict run --data run --out p.csv", "is a directory")]
    [InlineData("DOTNET_GCHeapHardLimit=0x1800000 clustergd train wide.yaml", "not enough memory")]
    [InlineData("(ulimit -n 64; clustergd train job.yaml)", "may have 64 files open, and this command needs 256")]
    [InlineData("(ulimit -n 100; clustergd node --port 0)", "may have 100 files open, and this command needs 256")]
    [InlineData("(ulimit -n 300; clustergd train job.yaml --nodes 60)", "may have 300 files open, and this")]
    public void Machine_ThatHasNotEnough_IsASentenceAndExitCode2(string command, string sentence)
    {
        TrainTable();
        string row = string.Join(',', Enumerable.Repeat("1", 2000)) + "\n";
        _cli.Write("wide.csv", string.Concat(Enumerable.Repeat(row, 2000)));
        _cli.Write("wide.yaml", "data: { train: { path: wide.csv } }\nmodel: linear");
        var result = Shell(command);
        Assert.True(result.ExitCode == 2, $"{result.ExitCode}: {result.Error}");
        Assert.Contains(sentence, result.Error);
        Assert.True(result.IsForPeople, result.Error);
        Assert.False(File.Exists(At("p.csv")));
    }

    [Theory]
    [InlineData("--missing 0", "prediction|v|v|bad")]
    [InlineData("--missing mean --on-bad-row empty", "prediction|v|v||v")]
    [InlineData("--on-bad-row empty", "prediction|v|||v")]
    [InlineData("--on-bad-row skip", "row,prediction|1,v|4,v")]
    [InlineData("--missing mean --on-bad-row skip", "row,prediction|1,v|2,v|4,v")]
    [InlineData("--missing skip --on-bad-row empty", "row,prediction|1,v|3,|4,v")]
    public void Predict_RowsWithGapsAndWords_FollowsTheRules(string options, string expected)
    {
        TrainTable();
        _cli.Write("new.csv", "a,b\n1,2\n,2\nx,2\n4,4\n");
        string[] line = ["predict", "run", "--data", "new.csv", "--out", "p.csv", .. options.Split(' ')];
        if (expected.EndsWith("bad", StringComparison.Ordinal))
        {
            Assert.Contains("new.csv:4: column 'a' holds 'x', which is no number", Refused(line));
            return;
        }
        Ok(line);
        var lines = File.ReadLines(At("p.csv")).Select((text, i) =>
            i == 0 ? text : string.Join(',', text.Split(',').Select(cell => cell.Contains('.') ? "v" : cell)));
        Assert.Equal(expected, string.Join('|', lines));
    }

    [Fact]
    public void Evaluate_RowsWithGapsAndWords_FollowsTheRules()
    {
        TrainTable();
        _cli.Write("new.csv", "a,b,y\n1,2,3\n,2,4\nx,2,5\n4,4,8\n");
        string[] line = ["evaluate", "run", "--data", "new.csv"];
        Refused(line);
        Assert.StartsWith("2 rows", Ok([.. line, "--on-bad-row", "skip"]).Output);
        Assert.StartsWith("3 rows", Ok([.. line, "--on-bad-row", "skip", "--missing", "mean"]).Output);
        Assert.Contains("--missing is 'often', allowed is error, mean, skip or a number",
            Refused([.. line, "--missing", "often"]));
    }

    [Theory]
    [InlineData("taken", "--run-dir taken is not empty (something); name a folder that is empty or not there.")]
    [InlineData("job.yaml", "--run-dir job.yaml is a file; name a folder that is empty or not there.")]
    [InlineData("job.yaml/run", "job.yaml is a file.")]
    [InlineData("/proc/run", "The folder /proc/run cannot be written:")]
    public void RunFolder_ThatCannotBe_IsToldBeforeTheDataIsRead(string folder, string sentence)
    {
        _cli.Write("job.yaml", "data: { train: { path: nope.csv } }\nmodel: linear");
        Directory.CreateDirectory(At("taken"));
        File.WriteAllText(At("taken/something"), "");
        Assert.Contains(sentence, Refused("train", "job.yaml", "--run-dir", folder));
    }
}
