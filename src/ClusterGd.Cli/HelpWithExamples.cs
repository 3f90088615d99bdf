using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ClusterGd.Cli;

/// <summary>The library's help of a command, and below it the examples that the command carries.</summary>
internal sealed class HelpWithExamples(HelpAction? help) : SynchronousCommandLineAction
{
    private static readonly string[] s_surplusAliases = ["-?", "/?", "/h"];

    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
            // A shell would offer all of them at every completion.
            foreach (var alias in s_surplusAliases) option.Aliases.Remove(alias);
        }
    }

    public override int Invoke(ParseResult parse)
    {
        (help ?? new HelpAction()).Invoke(parse);
        var output = parse.InvocationConfiguration.Output;
        if (parse.CommandResult.Command is RootCommand) output.WriteLine("'clustergd COMMAND --help' shows examples.");
        if (parse.CommandResult.Command is not VerbCommand { Examples.Length: > 0 } verb) return ExitCodes.Finished;
        output.WriteLine("Examples:");
        foreach (var (line, meaning) in verb.Examples)
        {
            output.WriteLine($"  {line}");
            output.WriteLine($"      {meaning}");
        }
        output.WriteLine();
        return ExitCodes.Finished;
    }
}
