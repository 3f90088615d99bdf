using System.Diagnostics;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// What a run writes down in its folder while it goes on: the resolved job, the encoding, metrics, events and the order
/// of application. A disk that fails stops no training: what it does not take is kept in memory and written once it
/// does. Trouble and its end are told once each. One owner.
/// </summary>
public sealed class RunRecord
{
    private const int LastTries = 4;

    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(0.5);

    /// <summary>A disk that fails now and then is told no more often.</summary>
    private static readonly TimeSpan s_tellInterval = TimeSpan.FromMinutes(10);

    private readonly RunFolder _folder;
    private readonly LineChain _chain = new();
    private readonly LineLog _metrics, _order;
    private readonly List<(string Name, string Text)> _texts = [], _textsDue = [];
    private LineLog _events;
    private string _place;
    private long _lastTry, _lastTold;
    private bool _hasFailed, _isTold, _hasToldCut;

    public RunRecord(RunFolder folder)
    {
        (_folder, _place) = (folder, folder.Path);
        _metrics = new LineLog(() => folder.MetricsPath);
        _events = new LineLog(() => folder.EventsPath) { Seal = _chain };
        _order = new LineLog(() => folder.OrderPath);
    }

    /// <summary>Told, in a sentence, of trouble with the folder and of its end.</summary>
    public Action<string> Tell { get; set; } = Console.Error.WriteLine;

    /// <summary>Goes on with the event log of the processes before this one.</summary>
    /// <returns>What it holds; empty where it cannot be read.</returns>
    public List<LoggedEvent> Reopen()
    {
        try
        {
            RunEventLog.Close(_folder.EventsPath);
            var known = RunEventLog.Read(_folder.EventsPath, Tell);
            _events = new LineLog(() => _folder.EventsPath) { Seal = new LineChain { Last = known.Sum } };
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
        _texts.Add((name, text));
        if (isNew) _textsDue.Add((name, text));
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
        if (_hasFailed && Stopwatch.GetElapsedTime(_lastTry) < s_retryInterval) return;
        Flush();
    }

    /// <summary>Makes up, at the end, for files that somebody removed or cut, and writes what waits.</summary>
    /// <exception cref="IOException">Without one of its whole files the run cannot be read.</exception>
    public void Complete(TrainingResult result)
    {
        if (_metrics.WasCut) RestartMetrics(result.History);
        if (_order.WasCut && result.Order is { } order) Add(0, order.Lines);
        _textsDue.AddRange(_texts.Except(_textsDue).Where(text => !File.Exists(_folder.File(text.Name))));
        Flush();
        if (_textsDue.Count > 0) throw new IOException($"{_folder.File(_textsDue[0].Name)} cannot be written");
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
            Flush();
        }
        if (MissingCount == 0) return;
        Tell($"{_place} lacks {MissingCount} lines of metrics, events and order, which could not be written.");
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
            before = File.ReadAllBytes(_folder.EventsPath);
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

    /// <summary>Tries each file, so that one that cannot be written holds up no other.</summary>
    private void Flush()
    {
        _lastTry = Stopwatch.GetTimestamp();
        int lost = 0;
        bool isDone = Try("", () => TellPlace(_folder.Path));
        if (isDone)
        {
            for (int i = _textsDue.Count - 1; i >= 0; i--)
            {
                var (name, text) = _textsDue[i];
                bool isWritten = Try(name, () => AtomicFile.Write(_folder.File(name), text));
                if (isWritten) _textsDue.RemoveAt(i);
                isDone &= isWritten;
            }
            isDone &= Try(RunFolder.MetricsName, () => _metrics.Flush());
            isDone &= Try(RunFolder.OrderName, () => _order.Flush());
            isDone &= Try(RunFolder.EventsName, () => lost = _events.Flush());
        }
        if (isDone && _hasFailed) TellEnd(lost);
        if (isDone) TellCuts();
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
        Tell($"The run folder was moved to {path}; the run goes on there.");
        _place = path;
    }

    private void TellCuts()
    {
        if (_hasToldCut || !(_metrics.WasCut || _events.WasCut || _order.WasCut)) return;
        _hasToldCut = true;
        Tell($"Another program removed or cut a file of {_place} while the run wrote it: metrics and order are " +
            "written again at the end, earlier events are lost.");
    }

    private void TellTrouble(string path, Exception e)
    {
        _hasFailed = true;
        if (_isTold || (_lastTold != 0 && Stopwatch.GetElapsedTime(_lastTold) < s_tellInterval)) return;
        (_isTold, _lastTold) = (true, Stopwatch.GetTimestamp());
        Tell($"{path} cannot be written: {e.Message.TrimEnd('.')}. Training goes on; what is missing is kept in " +
            "memory and written once that works.");
    }

    private void TellEnd(int lost)
    {
        _hasFailed = false;
        if (!_isTold && lost == 0) return;
        _isTold = false;
        string count = lost == 0 ? "no line is missing" : $"{lost} lines of {RunFolder.EventsName} are missing";
        Tell($"{_place} is written again; {count}.");
    }
}
