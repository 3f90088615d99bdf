using System.CommandLine;
using System.CommandLine.Invocation;
using ClusterGd.Cli.Chaos;
using ClusterGd.Cli.Comparing;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Inspecting;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Nodes;
using ClusterGd.Cli.Predicting;
using ClusterGd.Cli.Simulating;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cli.Training;
using ClusterGd.Cluster;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli;

/// <summary>The verbs. What goes wrong in them becomes a sentence and an exit code, never a stack trace.</summary>
internal static class CommandLineApp
{
    public static RootCommand Root()
    {
        var root = new RootCommand(
            "Trains models by distributed mini-batch gradient descent: the same job and data give the same bits, " +
            "on any number of nodes.")
        {
            TrainCommand.Create(),
            ResumeCommand.Create(),
            NodeCommand.Create(),
            CompareCommand.Create(),
            CrossvalCommand.Create(),
            EvaluateCommand.Create(),
            PredictCommand.Create(),
            ExportCommand.Create(),
            WhyCommand.Create(),
            AuditCommand.Create(),
            ReplayCommand.Create(),
            DataCommand.Create(),
            JobCommand.Create(),
            InitCommand.Create(),
            HealthCommand.Create(),
            SimulateCommand.Create(),
            ChaosCommand.Create(),
            CompletionCommand.Create(),
        };
        root.SetAction(parse => new HelpWithExamples(null).Invoke(parse));
        HelpWithExamples.AddTo(root);
        return root;
    }

    public static async Task<int> RunAsync(string[] args)
    {
        bool isSuggesting = args is [['[', ..], ..];   // a shell completes a line that may be empty so far
        if (!isSuggesting && args.FirstOrDefault(IsEmpty) is { } empty)
        {
            Console.Error.WriteLine($"The argument '{empty}' is empty; give a value, or leave it out.");
            return ExitCodes.BadInput;
        }
        SafeOutput.Install();
        var parse = Root().Parse(args);
        if (parse.Errors.Count > 0 && parse.Action is ParseErrorAction) return RefuseLine(parse);
        ProgramLog.Open(parse);
        int code = await InvokeAsync(parse);
        ProgramLog.Close();
        if (SafeOutput.Failure is not { } lost) return code;
        Console.Error.WriteLine($"The standard output cannot be written: {lost}");
        return code == ExitCodes.Finished ? ExitCodes.BadInput : code;
    }

    private static async Task<int> InvokeAsync(ParseResult parse)
    {
        try
        {
            return await parse.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception failure) when (MachineLimits.Sentences(failure) is { IsEmpty: false } sentences)
        {
            foreach (string sentence in sentences) Console.Error.WriteLine(sentence);
            return ExitCodes.BadInput;
        }
        catch (ClusterUnreachableException nobody)
        {
            Console.Error.WriteLine(nobody.Message);
            return ExitCodes.ClusterLost;
        }
        catch (OperationCanceledException stopped)
        {
            bool saysWhen = stopped.InnerException is OperationCanceledException;
            Console.Error.WriteLine(saysWhen ? stopped.Message : "interrupted before the first step");
            return ExitCodes.Interrupted;
        }
        // A pipe that its reader closes, as head does, is no failure of ours.
        catch (IOException problem) when (BrokenPipe.Is(problem))
        {
            return ExitCodes.Finished;
        }
        catch (Exception failure)
        {
            return FailureLog.Tell(failure);
        }
    }

    /// <summary>No verb takes an empty word: it comes from a shell variable that was not set.</summary>
    private static bool IsEmpty(string argument) => argument.Length == 0
        || (argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=') == argument.Length - 1);

    private static int RefuseLine(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        foreach (var error in parse.Errors)
        {
            Console.Error.WriteLine(Readable(error.Message).TrimEnd('.') + ".");
        }
        var words = command.Subcommands.Select(c => c.Name).Concat(command.Options.Select(o => o.Name)).ToList();
        foreach (var token in parse.UnmatchedTokens)
        {
            if (NearestWord.To(token, words) is { } near) Console.Error.WriteLine($"Did you mean '{near}'?");
        }
        Console.Error.WriteLine($"'{PathOf(parse.CommandResult)} --help' shows what is allowed, with examples.");
        return ExitCodes.BadInput;
    }

    /// <summary>The parser names a type of .NET where a person expects a word.</summary>
    private static string Readable(string message) =>
        message.Replace("as expected type 'System.Int32'", "as a whole number")
            .Replace("as expected type 'System.Int64'", "as a whole number")
            .Replace("as expected type 'System.UInt64'", "as a whole number")
            .Replace("as expected type 'System.Double'", "as a number");

    private static string PathOf(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent
            ? $"{PathOf(parent)} {command.Command.Name}" : "clustergd";
}
