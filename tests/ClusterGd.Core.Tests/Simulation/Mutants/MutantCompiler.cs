using System.Runtime.Loader;
using ClusterGd.Tests;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace ClusterGd.Core.Tests.Simulation.Mutants;

/// <summary>
/// Compiles the core with some of its text changed, and the driver beside it: the product's own code holds no switch
/// for what is broken on purpose.
/// </summary>
internal static class MutantCompiler
{
    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);
    private static readonly string s_core = Path.Combine(TidyTests.FindRoot(), "src", "ClusterGd.Core");
    private static readonly Lazy<Dictionary<string, SyntaxTree>> s_sources = new(ReadSources);
    private static readonly Lazy<MetadataReference[]> s_references = new(ReadReferences);

    /// <summary>The first seed of so many that shows what is wrong, and how; null where none does.</summary>
    public static string? Hunt(ProtocolMutant? mutant, int seeds) => Drive(mutant, nameof(MutantDriver.Hunt), seeds);

    /// <summary>What an audit finds first in a run without faults; null where it finds nothing.</summary>
    public static string? Audit(ProtocolMutant? mutant) => Drive(mutant, nameof(MutantDriver.Audit));

    private static string? Drive(ProtocolMutant? mutant, string what, params object[] arguments)
    {
        var context = new AssemblyLoadContext(mutant?.Name ?? "whole", isCollectible: true);
        try
        {
            using var image = Compile(mutant);
            var drive = context.LoadFromStream(image).GetType(typeof(MutantDriver).FullName!)!.GetMethod(what)!;
            return (string?)drive.Invoke(null, arguments);
        }
        finally
        {
            context.Unload();
        }
    }

    private static MemoryStream Compile(ProtocolMutant? mutant)
    {
        var trees = new Dictionary<string, SyntaxTree>(s_sources.Value);
        foreach (var patches in (mutant?.Patches ?? []).GroupBy(patch => PathOf(patch.File)))
        {
            trees[patches.Key] = Parse(patches.Key, patches.Aggregate(File.ReadAllText(patches.Key), Changed));
        }
        var compilation = CSharpCompilation.Create(
            $"ClusterGd.Core.{mutant?.Name ?? "whole"}", trees.Values, s_references.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable));
        var image = new MemoryStream();
        var errors = compilation.Emit(image).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (errors.Count > 0) throw new InvalidOperationException(string.Join('\n', errors.Take(10)));
        image.Position = 0;
        return image;
    }

    private static string Changed(string text, MutantPatch patch)
    {
        int count = text.Split(patch.From).Length - 1;
        return count == 1 ? text.Replace(patch.From, patch.To) : throw new InvalidOperationException(
            $"{patch.File} has {count} times the text\n{patch.From}\nwhich has to be there once: adapt the mutant");
    }

    private static string PathOf(string file) =>
        Directory.EnumerateFiles(s_core, file, SearchOption.AllDirectories).Single();

    private static Dictionary<string, SyntaxTree> ReadSources()
    {
        string[] usings =
        [
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading",
            "System.Threading.Tasks",
        ];
        string[] shared =
        [
            "Shared/TestJobs.cs", "Shared/SequentialTrainer.cs", "Shared/RandomRun.cs", "Shared/CutOffCoordinators.cs",
        ];
        string tests = Path.Combine(TidyTests.FindRoot(), "tests");
        var trees = Directory.EnumerateFiles(s_core, "*.cs", SearchOption.AllDirectories)
            .Concat(shared.Select(file => Path.Combine(tests, file)))
            .Append(Path.Combine(tests, "ClusterGd.Core.Tests/Simulation/Mutants/MutantDriver.cs"))
            .ToDictionary(path => path, path => Parse(path, File.ReadAllText(path)));
        trees[""] = Parse("", string.Concat(usings.Select(name => $"global using {name};\n")));
        return trees;
    }

    private static SyntaxTree Parse(string path, string text) => CSharpSyntaxTree.ParseText(text, s_parse, path);

    private static MetadataReference[] ReadReferences() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];
}
