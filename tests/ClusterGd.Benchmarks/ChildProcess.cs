using System.Diagnostics;
using System.Globalization;

namespace ClusterGd.Benchmarks;

/// <summary>This program once more, as a node of a benchmark: ends when its standard input does.</summary>
internal static class ChildProcess
{
    public static Process Start(params object[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }
        foreach (object argument in arguments)
        {
            start.ArgumentList.Add(string.Create(CultureInfo.InvariantCulture, $"{argument}"));
        }
        return Process.Start(start)!;
    }

    public static void End(Process process)
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(5000)) process.Kill();
        process.Dispose();
    }
}
