using System.Diagnostics;
using ClusterGd.Tests;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>Runs <c>clustergd</c> as a process of its own, in a folder of its own.</summary>
public sealed class Cli : IDisposable
{
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <summary>The working folder of the runs; removed at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("clustergd-cli-").FullName;

    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>
    /// The built program, for <c>dotnet</c>; the copy beside the tests is not compiled ahead of time.
    /// </summary>
    public static string Program { get; } = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "ClusterGd.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name,
        "clustergd.dll");

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public CliResult Run(params string[] args) => Run(s_patience, args);

    /// <summary>For what takes longer than anything else here.</summary>
    public CliResult Run(TimeSpan patience, params string[] args)
    {
        using var process = Start("dotnet", [Program, .. args]);
        return End(process, patience);
    }

    /// <summary>Runs a line of a shell in the folder.</summary>
    public CliResult RunShell(string command)
    {
        using var process = Start("bash", ["-c", command]);
        return End(process);
    }

    /// <summary>Sends the signal once a line of the output begins with a text.</summary>
    public CliResult RunAndSignal(string signal, string lineStart, params string[] args)
    {
        using var process = StartToSignal(args);
        while (process.StandardOutput.ReadLine()?.StartsWith(lineStart, StringComparison.Ordinal) == false) { }
        Process.Start("kill", ["-s", signal, $"{process.Id}"]).WaitForExit();
        return End(process);
    }

    /// <summary>Sends the signal once something has come about.</summary>
    public CliResult RunAndSignal(string signal, Func<bool> isMoment, params string[] args)
    {
        using var process = StartToSignal(args);
        SpinWait.SpinUntil(() => process.HasExited || isMoment(), s_patience);
        Process.Start("kill", ["-s", signal, $"{process.Id}"]).WaitForExit();
        return End(process);
    }

    /// <summary>Does something to the run's surroundings once something has come about.</summary>
    public CliResult RunAndStrike(Func<bool> isMoment, Action strike, params string[] args)
    {
        using var process = Start("dotnet", [Program, .. args]);
        SpinWait.SpinUntil(() => process.HasExited || isMoment(), s_patience);
        strike();
        return End(process);
    }

    /// <summary>Heeds signals even if these tests run in the background of a shell, which ignores some.</summary>
    private Process StartToSignal(string[] args) => OperatingSystem.IsLinux()
        ? Start("env", ["--default-signal", "dotnet", Program, .. args]) : Start("dotnet", [Program, .. args]);

    private Process Start(string program, string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static CliResult End(Process process) => End(process, s_patience);

    private static CliResult End(Process process, TimeSpan patience)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"clustergd did not end in {patience}.");
        }
        return new CliResult(process.ExitCode, output.Result, error.Result);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ClusterGd.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests lie in no repository.");
    }
}
