using System.Runtime.InteropServices;

namespace ClusterGd.Cli.Chaos;

/// <summary>What a process can be told from outside.</summary>
internal enum ProcessSignal
{
    Kill,
    Terminate,
    Stop,
    Continue,
}

/// <summary>Signals of Linux and macOS, without a process started for each.</summary>
internal static partial class Signals
{
    /// <summary>Does nothing where the process is gone.</summary>
    /// <exception cref="PlatformNotSupportedException">Windows knows no signals.</exception>
    public static void Send(int processId, ProcessSignal signal)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("chaos needs Linux or macOS");
        bool isMac = OperatingSystem.IsMacOS();
        _ = kill(processId, signal switch
        {
            ProcessSignal.Kill => 9,
            ProcessSignal.Terminate => 15,
            ProcessSignal.Stop => isMac ? 17 : 19,
            ProcessSignal.Continue => isMac ? 19 : 18,
        });
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
