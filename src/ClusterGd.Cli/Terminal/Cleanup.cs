using System.Runtime.InteropServices;

namespace ClusterGd.Cli.Terminal;

/// <summary>
/// Something that is not to be left behind: it is done when this is disposed, or at Ctrl-C, SIGTERM or SIGHUP, which
/// end the process. It is done once.
/// </summary>
internal sealed class Cleanup : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action _action;
    private bool _isDone;

    public Cleanup(Action action)
    {
        _action = action;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    /// <summary>Does something after which nothing is left behind; a signal comes before or after it.</summary>
    public void Finish(Action last)
    {
        lock (_lock)
        {
            last();
            _isDone = true;
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        DoOnce();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        DoOnce();
        Console.Error.WriteLine("interrupted");
        Environment.Exit(ExitCodes.Interrupted);
    }

    private void DoOnce()
    {
        lock (_lock)
        {
            if (!_isDone) _action();
            _isDone = true;
        }
    }
}
