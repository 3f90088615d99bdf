using System.Runtime.InteropServices;
using ClusterGd.Cli.Logging;

namespace ClusterGd.Cli.Terminal;

/// <summary>Ctrl-C, SIGTERM and SIGHUP: the first asks for a clean stop, the second ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<string> _tell;
    private readonly string _what;
    private readonly bool _heedsInterrupt;
    private int _count;

    /// <param name="tell">Shows the user that the first was heard.</param>
    /// <param name="what">What it says.</param>
    /// <param name="heedsInterrupt">Whether Ctrl-C means this process; else it has no effect.</param>
    public StopSignals(
        Action<string> tell,
        string what = "stopping after this step; press Ctrl-C again to quit at once and lose the model",
        bool heedsInterrupt = true)
    {
        (_tell, _what, _heedsInterrupt) = (tell, what, heedsInterrupt);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && !_heedsInterrupt) return;
        if (Interlocked.Increment(ref _count) > 1)
        {
            Console.Error.WriteLine("quit at once");
            ProgramLog.Close();
            Environment.Exit(ExitCodes.Interrupted);
        }
        _tell(_what);
        _source.Cancel();
    }
}
