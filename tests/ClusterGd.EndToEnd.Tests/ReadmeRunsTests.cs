using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>
/// The jobs and the outputs that the READMEs show, the samples' first, are run: numbers are compared, times are not.
/// </summary>
public sealed partial class ReadmeRunsTests : IDisposable
{
    private static readonly string s_readme = string.Concat(
        ((string[])["deploy/samples/README.md", "README.md"])
            .Select(file => File.ReadAllText(Path.Combine(Cli.RepositoryRoot, file))));

    private readonly Cli _cli = new();

    public ReadmeRunsTests()
    {
        string samples = Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "a9a");
        foreach (string file in Directory.GetFiles(samples))
        {
            File.Copy(file, Path.Combine(_cli.Folder, Path.GetFileName(file)));
        }
    }

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Job_ShownInTheReadme_EndsWithTheOutputShown()
    {
        var run = _cli.Run("train", _cli.Write("readme.yaml", Block("name: a9a")), "--run-dir", "run");
        string[] output = run.Output.Split('\n'), shown = Output("32561 training rows");
        var metrics = File.ReadLines(Path.Combine(_cli.Folder, "run", "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();

        Assert.True(run.ExitCode == 0, run.Error);
        foreach (string line in shown)
        {
            if (Epoch().Match(line) is { Success: true } epoch)
            {
                var evaluation = metrics[int.Parse(epoch.Groups["epoch"].Value, CultureInfo.InvariantCulture) - 1];
                Assert.Equal(Line(evaluation), epoch.Groups["line"].Value);
            }
            else if (line.Contains(" samples/s", StringComparison.Ordinal))
            {
                Assert.Contains(output, l => Beginning(l) == Beginning(line));
            }
            else if (!line.StartsWith("run folder", StringComparison.Ordinal)) Assert.Contains(line, output);
        }
        double optimum = double.Parse(Optimum().Match(s_readme).Groups["f"].Value, CultureInfo.InvariantCulture);
        double loss = double.Parse(
            shown.Single(l => l.StartsWith("train loss: ", StringComparison.Ordinal)).Split(' ')[2],
            CultureInfo.InvariantCulture);
        Assert.InRange(loss - optimum, 0, 1e-6);
    }

    [Fact]
    public void Hash_OfTheChaosOutput_IsThatOfItsJob()
    {
        string[] chaos = Output("the hash held: ");
        string command = Line("    clustergd chaos deploy/samples/chaos/kill-coordinator.yaml");
        string edit = Regex.Match(command, "--set (?<edit>\\S+)").Groups["edit"].Value;
        string scenario = File.ReadAllText(
            Path.Combine(Cli.RepositoryRoot, "deploy", "samples", "chaos", "kill-coordinator.yaml"));
        Assert.Contains("job: ../a9a/job.yaml", scenario, StringComparison.Ordinal);
        var run = _cli.Run("train", "job.yaml", "--set", edit, "--quiet");

        Assert.Equal(chaos[0].Replace("the hash held", "model sha256"), run.Output.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public void Scenario_ShownInTheReadme_HoldsInTheSimulator()
    {
        string plan = _cli.Write("plan.yaml", Block("job: ../a9a").Replace("../a9a/job.yaml", "job.yaml"));
        var run = _cli.Run("simulate", "job.yaml", "--faults", plan, "--seeds", "2", "--steps", "60", "--json");

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }

    /// <summary>Two of its epochs: the number of results grows with them.</summary>
    [Fact]
    public void Mode_ShownInTheReadme_AppliesAsManyResults()
    {
        string shown = Output("mode: asynchronous")[0];
        var run = _cli.Run(
            "train", "job.yaml", "--set", "training.mode.kind=asynchronous", "--set", "optimizer.learningRate=0.5",
            "--set", "training.epochs=2", "--quiet");
        string mode = run.Output.Split('\n').Single(line => line.StartsWith("mode: ", StringComparison.Ordinal));

        Assert.Equal(75 * Applied(mode), Applied(shown));
        Assert.Equal(Digits().Replace(mode, "#"), Digits().Replace(shown, "#"));

        static int Applied(string line) => int.Parse(Digits().Match(line).Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Blocks_OfTheReadme_AreAllRunHere() =>
        Assert.Equal(2, Regex.Count(s_readme, "(?m)^```yaml$"));

    /// <summary>The YAML block that begins so.</summary>
    private static string Block(string start)
    {
        int at = s_readme.IndexOf($"```yaml\n{start}", StringComparison.Ordinal) + "```yaml\n".Length;
        return s_readme[at..s_readme.IndexOf("```", at, StringComparison.Ordinal)];
    }

    /// <summary>The indented lines from the one that begins so.</summary>
    private static string[] Output(string start) =>
    [
        .. s_readme.Split('\n').SkipWhile(line => !line.StartsWith($"    {start}", StringComparison.Ordinal))
            .TakeWhile(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim()),
    ];

    private static string Line(string start) =>
        s_readme.Split('\n').First(line => line.StartsWith(start, StringComparison.Ordinal));

    /// <summary>What the program prints of an evaluation, from the file that it leaves.</summary>
    private static string Line(JsonElement evaluation)
    {
        var metrics = evaluation.GetProperty("metrics").EnumerateObject().Where(metric => metric.Name != "loss")
            .Select(metric => $"{metric.Name} {metric.Value.GetDouble().ToString("G6", CultureInfo.InvariantCulture)}");
        string loss = evaluation.GetProperty("trainLoss").GetDouble().ToString("F9", CultureInfo.InvariantCulture);
        return $"step {evaluation.GetProperty("step")}  train loss {loss}  test: {string.Join("  ", metrics)}";
    }

    private static string Beginning(string line) => string.Join(", ", line.Split(", ").Take(2));

    [GeneratedRegex(@"^epoch (?<epoch>\d+)/\d+  (?<line>step .*?)(  batch loss.*)?$")]
    private static partial Regex Epoch();

    [GeneratedRegex(@"That objective's optimum is (?<f>[0-9.]+\d)\.")]
    private static partial Regex Optimum();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Digits();
}
