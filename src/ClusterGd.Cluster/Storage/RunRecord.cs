using System.Diagnostics;
using ClusterGd.Cluster.Logging;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// What a run writes down in its folder while it goes on: the resolved job, the encoding, metrics, events and the order
/// of application. A disk that fails, or does not answer, stops no training: what it does not take is kept in memory
/// and written once it does. Trouble and its end are told once each. One owner.
/// </summary>
public sealed class RunRecord
{
    private const int LastTries = 4;

    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>A disk that fails now and then is told no more often.</summary>
    private static readonly TimeSpan s_tellInterval = TimeSpan.FromMinutes(10);

    /// <summary>At the end there is nothing better to do than to wait.</summary>
    private static readonly TimeSpan s_lastPatience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly RunFolder _folder;
    private readonly LineLog _metrics, _order;
    private readonly List<(string Name, string Text)> _texts = [], _textsDue = [];
    private LineLog _events;
    private Task _writing = Task.CompletedTask;
    private string _place;
    private long _lastTry, _lastTold;
    private volatile bool _hasFailed, _isEnding;
    private bool _isTold, _hasToldCut;

    public RunRecord(RunFolder folder)
    {
        (_folder, _place) = (folder, folder.Path);
        _metrics = new LineLog(() => folder.MetricsPath);
        _events = new LineLog(() => folder.EventsPath) { Chain = new LineChain() };
        _order = new LineLog(() => folder.OrderPath);
    }

    /// <summary>Warned of trouble with the folder and of its end; from any thread.</summary>
    public required ILogger Log { get; set; }

    /// <summary>Goes on with the event log of the processes before this one.</summary>
    /// <returns>What it holds; empty where it cannot be read.</returns>
    public List<LoggedEvent> Reopen()
    {
        try
        {
            RunEventLog.Close(_folder.EventsPath);
            var known = RunEventLog.Read(_folder.EventsPath, line => Log.EventLineDamaged(line));
            _events = new LineLog(() => _folder.EventsPath) { Chain = new LineChain { Last = known.Sum } };
            return known.Events;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InputException)
        {
            TellTrouble(Path.Combine(_place, RunFolder.EventsName), e);
            return [];
        }
    }

    /// <summary>One of the run's whole files.</summary>
    /// <param name="isNew">Whether it is to be written: else it is there, and only kept for another folder.</param>
    public void Add(string name, string text, bool isNew = true)
    {
        lock (_lock)
        {
            _texts.Add((name, text));
            if (isNew) _textsDue.Add((name, text));
        }
        TryFlush();
    }

    public void Add(LoggedEvent happened)
    {
        // An audit needs each evaluation.
        _events.Add(RunEventLog.LineOf(happened), isNeeded: happened.Counted is not null);
        TryFlush();
    }

    public void Add(Evaluation evaluation)
    {
        _metrics.Add(MetricsLog.LineOf(evaluation), isNeeded: true);
        TryFlush();
    }

    /// <summary>More of the order of application; with number 0 it starts again.</summary>
    public void Add(int first, IEnumerable<LogEntry> lines)
    {
        if (first == 0) _order.Restart();
        foreach (var line in lines) _order.Add(OrderLog.LineOf(line), isNeeded: true);
        TryFlush();
    }

    /// <summary>Starts the metrics again with these: a run that is resumed says no step twice.</summary>
    public void RestartMetrics(IEnumerable<Evaluation> history)
    {
        _metrics.Restart();
        foreach (var evaluation in history) _metrics.Add(MetricsLog.LineOf(evaluation), isNeeded: true);
        TryFlush();
    }

    /// <summary>Writes what waits, now and then where the disk does not take it.</summary>
    public void TryFlush()
    {
        bool isLate = !_writing.IsCompleted;
        if (_hasFailed && (isLate || Stopwatch.GetElapsedTime(_lastTry) < s_retryInterval)) return;
        Flush(DiskDeadline.Short);
    }

    /// <summary>Makes up, at the end, for files that somebody removed or cut, and writes what waits.</summary>
    /// <exception cref="IOException">Without one of its whole files the run cannot be read.</exception>
    public void Complete(TrainingResult result)
    {
        if (_metrics.WasCut) RestartMetrics(result.History);
        if (_order.WasCut && result.Order is { } order) Add(0, order.Lines);
        _isEnding = true;
        // One that stood still knows nothing of what was added meanwhile.
        if (DiskDeadline.IsDone(_writing, s_lastPatience)) Flush(s_lastPatience);
        if (!_writing.IsCompleted) throw DiskDeadline.NoAnswer(s_lastPatience);
        if (_textsDue.Count > 0) throw new IOException($"{Path.Combine(_place, _textsDue[0].Name)} cannot be written");
    }

    /// <summary>
    /// Once the model is there: tries a few more times to write what waits, since a disk may fail in the last moment
    /// alone, and tells what the folder lacks for good.
    /// </summary>
    public void WriteLast()
    {
        for (int tries = 0; tries < LastTries && MissingCount > 0; tries++)
        {
            Thread.Sleep(s_retryInterval);
            Flush(DiskDeadline.Short);
        }
        if (MissingCount == 0) return;
        Log.RecordIncomplete(_place, MissingCount);
    }

    private int MissingCount =>
        _metrics.WaitingCount + _events.WaitingCount + _order.WaitingCount + _events.DroppedCount;

    /// <summary>Writes all of the run that is known into another folder.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public void CopyTo(RunFolder other, TrainingResult result)
    {
        foreach (var (name, text) in _texts) AtomicFile.Write(other.File(name), text);
        Write(other.MetricsPath, result.History.Select(MetricsLog.LineOf));
        if (result.Order is { } order) Write(other.OrderPath, order.Lines.Select(OrderLog.LineOf));
        byte[] before = [];
        try
        {
            before = DiskDeadline.Run(() => File.ReadAllBytes(_folder.EventsPath), DiskDeadline.Short);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The lines of this process that wait are what there is.
        }
        Write(other.EventsPath, [before, _events.Waiting()]);
    }

    private static void Write(string path, IEnumerable<byte[]> lines) => AtomicFile.Write(path, file =>
    {
        foreach (byte[] line in lines) file.Write(line);
    });

    /// <summary>Writes what waits, on a thread that may stand still; while it does, nothing more is tried.</summary>
    private void Flush(TimeSpan patience)
    {
        if (_writing.IsCompleted)
        {
            _lastTry = Stopwatch.GetTimestamp();
            _writing = Task.Run(WriteAll);
        }
        if (DiskDeadline.IsDone(_writing, patience)) _writing.GetAwaiter().GetResult();
        else TellTrouble(_place, DiskDeadline.NoAnswer(Stopwatch.GetElapsedTime(_lastTry)));
    }

    /// <summary>Tries each file, so that one that cannot be written holds up no other.</summary>
    private void WriteAll()
    {
        int lost = 0;
        (string Name, string Text)[] due = [];
        bool isDone = Try("", () =>
        {
            TellPlace(_folder.Path);
            due = DueTexts();
        });
        if (isDone)
        {
            foreach (var text in due)
            {
                bool isWritten = Try(text.Name, () => AtomicFile.Write(_folder.File(text.Name), text.Text));
                lock (_lock)
                {
                    _textsDue.Remove(text);
                    if (!isWritten) _textsDue.Add(text);
                }
                isDone &= isWritten;
            }
            isDone &= Try(RunFolder.MetricsName, () => _metrics.Flush());
            isDone &= Try(RunFolder.OrderName, () => _order.Flush());
            isDone &= Try(RunFolder.EventsName, () => lost = _events.Flush());
        }
        if (isDone && _hasFailed) TellEnd(lost);
        if (isDone) TellCuts();
    }

    /// <summary>Those that have not been written; at the end also those that somebody has removed.</summary>
    private (string Name, string Text)[] DueTexts()
    {
        (string Name, string Text)[] all, due;
        lock (_lock) (all, due) = ([.. _texts], [.. _textsDue]);
        return _isEnding ? [.. due.Union(all.Where(text => !File.Exists(_folder.File(text.Name))))] : due;
    }

    private bool Try(string name, Action write)
    {
        try
        {
            write();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TellTrouble(Path.Combine(_place, name), e);
            return false;
        }
    }

    private void TellPlace(string path)
    {
        if (path == _place) return;
        Log.RecordMoved(path);
        _place = path;
    }

    private void TellCuts()
    {
        if (_hasToldCut || !(_metrics.WasCut || _events.WasCut || _order.WasCut)) return;
        _hasToldCut = true;
        Log.RecordCut(_place);
    }

    private void TellTrouble(string path, Exception e)
    {
        lock (_lock)
        {
            _hasFailed = true;
            if (_isTold || (_lastTold != 0 && Stopwatch.GetElapsedTime(_lastTold) < s_tellInterval)) return;
            (_isTold, _lastTold) = (true, Stopwatch.GetTimestamp());
        }
        Log.RecordNotWritten(path, e.Message.TrimEnd('.'));
    }

    private void TellEnd(int lost)
    {
        lock (_lock)
        {
            _hasFailed = false;
            if (!_isTold && lost == 0) return;
            _isTold = false;
        }
        string count = lost == 0 ? "no line is missing" : $"{lost} lines of {RunFolder.EventsName} are missing";
        Log.RecordWrittenAgain(_place, count);
    }
}
