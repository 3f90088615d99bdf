using System.Diagnostics;
using System.Text.Json;

namespace ClusterGd.Benchmarks;

/// <summary>Runs of the program as a user starts them.</summary>
internal static class TrainRun
{
    /// <summary>The built program, for <c>dotnet</c>; the copy beside this one is not compiled ahead of time.</summary>
    public static string Program { get; } = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "ClusterGd.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name,
        "clustergd.dll");

    /// <summary>Trains, and gives the seconds at each evaluation.</summary>
    public static List<double> EvaluationSeconds(string job, string[] options)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"clustergd-benchmark-{Guid.NewGuid():n}");
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [Program, "train", job, "--quiet", "--run-dir", folder, .. options])
        {
            RedirectStandardOutput = true,
        })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"clustergd ended with {process.ExitCode}");
        var elapsed = File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.GetProperty("elapsedSeconds").GetDouble();
        }).ToList();
        Directory.Delete(folder, recursive: true);
        return elapsed;
    }

    /// <summary>The job of the a9a sample; null where no folder above this one has it.</summary>
    public static string? SampleJob()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "deploy", "samples", "a9a", "job.yaml");
            if (File.Exists(path)) return path;
        }
        return null;
    }
}
