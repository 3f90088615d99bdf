using System.Diagnostics;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;

namespace ClusterGd.EndToEnd.Tests.Checkpoints;

/// <summary>Runs <c>clustergd</c> under strace, which lets system calls fail, or kills the process at one.</summary>
internal static class Strace
{
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <summary>Why this machine cannot; null where it can.</summary>
    public static string? WhyNot { get; } = !OperatingSystem.IsLinux() ? "strace is of Linux."
        : LabCommand.TryRun("strace -f -o /dev/null -e inject=fsync:error=EIO true") is (false, var problem)
            ? $"strace cannot trace here: {problem}" : null;

    /// <param name="inject">As strace's option has it; only calls on these paths count.</param>
    /// <returns>The result, and the calls on these paths that strace has seen.</returns>
    public static (CliResult Result, string[] Calls) Run(
        Cli cli, string inject, IEnumerable<string> paths, params string[] args)
    {
        string log = Path.Combine(cli.Folder, Path.GetRandomFileName());
        var start = new ProcessStartInfo("strace",
        [
            "-f", "-qq", "-o", log, "-e", $"inject={inject}", "-e", "signal=none",
            .. paths.SelectMany(path => new[] { "-P", path }), "dotnet", Cli.Program, .. args,
        ])
        {
            WorkingDirectory = cli.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"clustergd under strace did not end in {s_patience}.");
        }
        // A call that another thread's one falls into has two lines.
        string[] calls = [.. File.ReadLines(log).Where(line => !line.Contains(" resumed>"))];
        return (new CliResult(process.ExitCode, output.Result, error.Result), calls);
    }
}
