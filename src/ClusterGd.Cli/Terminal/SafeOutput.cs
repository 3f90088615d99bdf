using System.Text;

namespace ClusterGd.Cli.Terminal;

/// <summary>
/// The standard output or error. A terminal that is gone, a full disk or a reader that has enough must not end a run
/// that goes on: what cannot be written is dropped, and the reason kept for the end.
/// </summary>
internal sealed class SafeOutput(TextWriter inner) : TextWriter
{
    private static SafeOutput? s_standard;
    private volatile bool _isGone;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Why output was lost that somebody waits for; null for no reason.</summary>
    public static string? Failure { get; private set; }

    /// <summary>From now on the console's output and error are safe.</summary>
    public static void Install()
    {
        s_standard = new SafeOutput(Console.Out);
        Console.SetOut(s_standard);
        Console.SetError(new SafeOutput(Console.Error));
    }

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_isGone) return;
        try
        {
            write();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _isGone = true;
            if (this == s_standard && !BrokenPipe.Is(problem)) Failure = problem.Message;
        }
    }
}
