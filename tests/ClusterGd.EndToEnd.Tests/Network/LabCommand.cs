using System.ComponentModel;
using System.Diagnostics;
using ClusterGd.Tests;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>Runs the system's short administrative commands.</summary>
internal static class LabCommand
{
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <returns>The standard output.</returns>
    /// <exception cref="InvalidOperationException">The command is not there, failed or did not end.</exception>
    public static string Run(string line)
    {
        var (isDone, text) = TryRun(line);
        return isDone ? text : throw new InvalidOperationException($"'{line}' failed: {text}");
    }

    /// <param name="line">Words without quotes; one space between two of them.</param>
    /// <returns>Whether it exited with 0, and its output then, its error otherwise.</returns>
    public static (bool IsDone, string Text) TryRun(string line)
    {
        var words = line.Split(' ');
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(s_patience))
            {
                process.Kill();
                return (false, $"it did not end in {s_patience.TotalSeconds} s");
            }
            return process.ExitCode == 0 ? (true, output.Result) : (false, error.Result.Trim());
        }
        catch (Win32Exception)
        {
            return (false, $"{words[0]} is not installed");
        }
    }
}
