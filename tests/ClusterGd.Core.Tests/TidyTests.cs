using System.Text.RegularExpressions;
using ClusterGd.Core.Faults;
using Xunit;

namespace ClusterGd.Core.Tests;

/// <summary>Rules of CONTRIBUTING.md that a machine can check, on every text file of the repository.</summary>
public partial class TidyTests
{
    private const int LineLengthMax = 120, SourceLinesMax = 500, TestLinesMax = 800;
    private static readonly string s_root = FindRoot();

    // Written by programs: golden numbers, the solution, a licence, a list whose format knows no line breaks.
    private static readonly string[] s_notWrapped = [".json", ".sln", "LICENSE", "BannedSymbols.txt"];

    [Fact]
    public void Lines_OfEveryFile_AreAtMostSoLong() => AssertNone(
        from file in Files()
        where !s_notWrapped.Any(file.Name.EndsWith)
        from line in file.Prose()
        where line.Text.Length > LineLengthMax
        select $"{file.Name}:{line.Number}: {line.Text.Length} columns, at most {LineLengthMax}");

    [Fact]
    public void Files_OfCode_AreAtMostSoLong() => AssertNone(
        from file in Files()
        where file.Name.EndsWith(".cs", StringComparison.Ordinal)
        let max = file.Name.StartsWith("tests/", StringComparison.Ordinal) ? TestLinesMax : SourceLinesMax
        where file.Lines.Length > max
        select $"{file.Name}: {file.Lines.Length} lines, at most {max}");

    [Fact]
    public void Files_ThatStay_PostponeNothing() => AssertNone(Matches(Postponed()));

    [Fact]
    public void Files_ThatStay_NameNoMachine() => AssertNone(Matches(MachinePath()).Concat(Matches(ForeignHost())));

    [Fact]
    public void Core_ItsProject_ReferencesNothingButAnalyzers()
    {
        string project = File.ReadAllText(Path.Combine(s_root, "src/ClusterGd.Core/ClusterGd.Core.csproj"));
        Assert.DoesNotContain("<ProjectReference", project, StringComparison.Ordinal);
        Assert.DoesNotContain("<Reference", project, StringComparison.Ordinal);
        Assert.All(PackageReference().Matches(project), package =>
        {
            Assert.Contains("Analyzers", package.Groups["name"].Value, StringComparison.Ordinal);
            Assert.Contains("PrivateAssets=\"all\"", package.Value, StringComparison.Ordinal);
        });
    }

    /// <summary>One of two uses the other, so that each can be read, and changed, for itself.</summary>
    [Fact]
    public void Namespaces_OfTheCore_DoNotKnowEachOther()
    {
        const string Root = "ClusterGd.Core.";
        var uses = (
            from file in Files()
            where file.Name.StartsWith("src/ClusterGd.Core/", StringComparison.Ordinal)
                && file.Name.EndsWith(".cs", StringComparison.Ordinal)
            let text = string.Join('\n', file.Lines)
            let self = NamespaceOf().Match(text).Groups["name"].Value
            from Match other in CoreNamespace().Matches(text)
            let name = other.Groups["name"].Value
            where self != name && Directory.Exists(Path.Combine(s_root, "src/ClusterGd.Core", name))
            select (self, name)).ToHashSet();

        Assert.Contains(("Simulation", "Protocol"), uses);
        AssertNone(
            from pair in uses
            where uses.Contains((pair.name, pair.self)) && string.CompareOrdinal(pair.self, pair.name) < 0
            select $"{Root}{pair.self} and {Root}{pair.name} use each other");
    }

    [Fact]
    public void FaultKind_EveryCase_IsTestedOrDocumented()
    {
        string[] texts =
        [
            .. Files().Where(f => f.Name.EndsWith(".md", StringComparison.Ordinal)
                || (f.Name.StartsWith("tests/", StringComparison.Ordinal) && !f.Name.EndsWith("TidyTests.cs")))
                .Select(f => string.Join('\n', f.Lines)),
        ];
        AssertNone(
            from kind in Enum.GetNames<FaultKind>()
            where !texts.Any(text => text.Contains($"FaultKind.{kind}", StringComparison.Ordinal))
            select $"FaultKind.{kind} stands in no test and no document");
    }

    [GeneratedRegex(@"(?m)^namespace ClusterGd\.Core\.(?<name>\w+);")]
    private static partial Regex NamespaceOf();

    /// <summary>In a using directive, or before a type's name.</summary>
    [GeneratedRegex(
        @"(?m)^using ClusterGd\.Core\.(?<name>\w+);|(?<![\w.])(?:Core\.)?(?<name>[A-Z]\w+)\.[A-Z]\w*[<(?\[ ]")]
    private static partial Regex CoreNamespace();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Postponed();

    /// <summary>Absolute paths of somebody's home, mount or scratch folder.</summary>
    [GeneratedRegex(@"(?<![\w./])/(home|root|Users|work|tmp|mnt|media|srv)/\w|\b[A-Z]:\\\w")]
    private static partial Regex MachinePath();

    /// <summary>Hosts that only one network knows: by number, or under a private name.</summary>
    [GeneratedRegex(
        @"https?://(?!127\.|0\.0\.0\.0)"
        + @"(\d+(\.\d+){3}|[\w.-]+\.(internal|intranet|corp|lan|home|(?<!\.cluster\.)local))\b")]
    private static partial Regex ForeignHost();

    [GeneratedRegex(@"<PackageReference Include=""(?<name>[^""]+)""[^>]*>")]
    private static partial Regex PackageReference();

    private static void AssertNone(IEnumerable<string> mistakes)
    {
        string[] all = [.. mistakes];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }

    private static IEnumerable<string> Matches(Regex pattern) =>
        from file in Files()
        where !file.Name.EndsWith("TidyTests.cs", StringComparison.Ordinal)
        from line in file.Lines.Select((text, i) => (Text: text, Number: i + 1))
        let match = pattern.Match(line.Text)
        where match.Success
        select $"{file.Name}:{line.Number}: '{match.Value}'";

    /// <summary>What git would track: everything but outputs and data.</summary>
    private static IEnumerable<TextFile> Files()
    {
        string[] skipped = [".git", ".vs", ".idea", "artifacts", "bin", "obj", "runs", "data", "TestResults"];
        var folders = new Stack<string>([s_root]);
        while (folders.TryPop(out var folder))
        {
            foreach (string path in Directory.EnumerateFiles(folder))
            {
                if (path.EndsWith(".gz", StringComparison.Ordinal) || Path.GetFileName(path) == ".git") continue;
                string name = Path.GetRelativePath(s_root, path).Replace('\\', '/');
                yield return new TextFile(name, File.ReadAllLines(path));
            }
            foreach (string inner in Directory.EnumerateDirectories(folder))
            {
                if (!skipped.Contains(Path.GetFileName(inner))) folders.Push(inner);
            }
        }
    }

    internal static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ClusterGd.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests lie in no repository.");
    }

    private sealed record TextFile(string Name, string[] Lines)
    {
        /// <summary>All lines, but of a document those that are no table and no shown text.</summary>
        public IEnumerable<(string Text, int Number)> Prose()
        {
            bool isDocument = Name.EndsWith(".md", StringComparison.Ordinal), isFenced = false;
            for (int i = 0; i < Lines.Length; i++)
            {
                string text = Lines[i];
                bool isFence = text.StartsWith("```", StringComparison.Ordinal);
                isFenced ^= isFence;
                bool isShown = isDocument && (isFenced || isFence || text.StartsWith('|') || text.StartsWith("    "));
                if (!isShown) yield return (text, i + 1);
            }
        }
    }
}
