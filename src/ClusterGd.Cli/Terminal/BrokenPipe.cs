namespace ClusterGd.Cli.Terminal;

/// <summary>Nobody reads any more what is written: <c>head</c> has its lines, or the terminal is gone.</summary>
internal static class BrokenPipe
{
    private const int NoTerminal = 5, NoReader = 32;   // EIO, EPIPE

    public static bool Is(Exception problem) => problem is IOException && problem.HResult is NoTerminal or NoReader
        || problem.Message.Contains("Broken pipe", StringComparison.Ordinal);
}
