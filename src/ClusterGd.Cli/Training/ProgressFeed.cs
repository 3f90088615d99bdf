using System.Threading.Channels;
using ClusterGd.Cluster;

namespace ClusterGd.Cli.Training;

/// <summary>
/// Takes the trainer's events from any thread and gives them, in order, to one reader that writes the metrics file, the
/// event log and the screen: no training thread ever waits for a terminal.
/// </summary>
internal sealed class ProgressFeed : IAsyncDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    // Not bounded: evaluations must all reach the metrics file, and there are few of them beside the steps.
    private readonly Channel<TrainingEvent> _events = Channel.CreateUnbounded<TrainingEvent>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _reading;
    private readonly Timer _timer;

    /// <param name="journal">Used by the reader alone until the feed is disposed.</param>
    public ProgressFeed(RunJournal journal, Screen screen)
    {
        _reading = Task.Run(() => ReadAsync(journal, screen));
        _timer = new Timer(_ => Report(SecondPassed.Instance), null, s_second, s_second);
    }

    public void Report(TrainingEvent e) => _events.Writer.TryWrite(e);

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        _events.Writer.TryComplete();
        try
        {
            await _reading;
        }
        catch (IOException)
        {
            // Nobody reads the screen any more: a pipe was closed, or its disk is full. The run's result counts.
        }
    }

    private Task ReadAsync(RunJournal journal, Screen screen) => screen.FollowAsync(async show =>
    {
        bool isShown = true;
        await foreach (var e in _events.Reader.ReadAllAsync())
        {
            journal.Take(e);
            try
            {
                if (isShown) show(e);
            }
            catch (IOException)
            {
                isShown = false;
            }
        }
    });
}
