using System.Globalization;
using ClusterGd.Cli.Logging;

namespace ClusterGd.Cli;

/// <summary>Where an unexpected failure goes: the stack trace into a file, one sentence to the user.</summary>
internal static class FailureLog
{
    private static string? s_path;

    /// <summary>From now on failures are written into the run's folder.</summary>
    public static void WriteTo(string path) => s_path = path;

    public static int Tell(Exception failure)
    {
        ProgramLog.Loggers.CreateLogger(CliLog.Category).ProgramFailed(failure);
        var path = s_path ?? Path.Combine(Path.GetTempPath(), string.Create(
            CultureInfo.InvariantCulture, $"clustergd-error-{Environment.ProcessId}.log"));
        var sentence = failure.Message.ReplaceLineEndings(" ").TrimEnd('.');
        try
        {
            File.AppendAllText(path, $"{DateTime.UtcNow:O} {Environment.CommandLine}\n{failure}\n");
            Console.Error.WriteLine($"This should not have happened: {sentence}. The details are in {path}.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"This should not have happened: {sentence}. {path} cannot be written.");
        }
        return ExitCodes.Unexpected;
    }
}
