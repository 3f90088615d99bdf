using System.Text.RegularExpressions;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>What the README shows of the command line is what the program has.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    /// <summary>The lines of the section "Commands".</summary>
    public static TheoryData<string> Commands()
    {
        var lines = File.ReadLines(Path.Combine(Cli.RepositoryRoot, "README.md"))
            .SkipWhile(line => line != "## Commands").Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Where(line => line.StartsWith("    clustergd ", StringComparison.Ordinal));
        return new(lines.Select(line => line.Trim()));
    }

    [Theory, MemberData(nameof(Commands))]
    public void Command_ShownInTheReadme_HasItsVerbAndOptions(string line)
    {
        var words = line.Split(' ').Skip(1).TakeWhile(word => Verb().IsMatch(word)).ToList();
        var help = _cli.Run([.. words, "--help"]);

        Assert.Equal(0, help.ExitCode);
        Assert.Contains($"clustergd {string.Join(' ', words)} ", help.Output, StringComparison.Ordinal);
        foreach (Match option in Option().Matches(line))
        {
            Assert.Matches($@"(?m)^\s+(-\w, )?{option.Value}\b", help.Output);
        }
    }

    [Fact]
    public void Commands_OfTheProgram_AreAllInTheReadme()
    {
        var help = _cli.Run("--help").Output;
        var verbs = Listed().Matches(help[help.IndexOf("Commands:", StringComparison.Ordinal)..])
            .Select(m => m.Groups["verb"].Value).ToList();
        string readme = File.ReadAllText(Path.Combine(Cli.RepositoryRoot, "README.md"));

        Assert.Contains("train", verbs);
        Assert.All(verbs, verb => Assert.Contains($"    clustergd {verb} ", readme, StringComparison.Ordinal));
    }

    [GeneratedRegex("^[a-z]+$")]
    private static partial Regex Verb();

    [GeneratedRegex("--[a-z-]+")]
    private static partial Regex Option();

    [GeneratedRegex(@"(?m)^  (?<verb>[a-z]+)\b")]
    private static partial Regex Listed();
}
